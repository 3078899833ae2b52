// Writes to physical memory through the kernel's direct map, in which all of memory can
// be found. The user bit of its page-table entries is 0.
// Expect: #PF 0x7
#include "crime.h"

int main(void)
{
    volatile uint64_t *memory = (void *)(DIRECT_MAP + SCREEN_PHYSICAL);
    *memory = 0;
    return crime_unpunished();
}
