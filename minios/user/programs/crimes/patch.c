// Changes the kernel's code, as a rootkit would. The kernel's pages are mapped, but the
// user bit of their page-table entries is 0.
// Expect: #PF 0x7
#include "crime.h"

int main(void)
{
    volatile uint8_t *kernel = (void *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE);
    *kernel = 0xc3;
    return crime_unpunished();
}
