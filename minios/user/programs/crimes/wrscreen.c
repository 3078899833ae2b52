// Writes to physical memory through the kernel's direct map.
// Expect: #PF 0x7
#include "crime.h"

int main(void)
{
    volatile uint64_t *memory = (void *)(DIRECT_MAP + SCREEN_PHYSICAL);
    *memory = 0;
    return crime_unpunished();
}
