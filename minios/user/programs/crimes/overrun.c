// Writes just past the end of a block: into the next block, or the rest of the page.
// Nothing stops it, because the page is its own.
// Expect: exit 1
#include "crime.h"
#include "memory.h"

int main(void)
{
    volatile uint64_t *block = memory_allocate(1024);
    block[1024 / sizeof(*block)] = 1;
    return crime_unpunished();
}
