// Reads the kernel's own code.
// Expect: #PF 0x5
#include "crime.h"

int main(void)
{
    volatile const uint64_t *kernel =
        (void *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE);
    (void)*kernel;
    return crime_unpunished();
}
