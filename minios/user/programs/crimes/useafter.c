// Reads a block that it has freed. Nothing stops it, because the page is still its own.
// Expect: exit 1
#include "crime.h"
#include "memory.h"

int main(void)
{
    volatile uint64_t *block = memory_allocate(1024);
    memory_free((void *)block);
    (void)block[0];
    return crime_unpunished();
}
