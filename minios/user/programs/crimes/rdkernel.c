// Reads the kernel's code. The kernel's pages are mapped, but the user bit of their
// page-table entries is 0.
// Expect: #PF 0x5
#include "crime.h"

int main(void)
{
    volatile const uint64_t *kernel =
        (void *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE);
    (void)*kernel;
    return crime_unpunished();
}
