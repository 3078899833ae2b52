// Reads a block that it has given back. It is its own memory, so nobody minds.
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
