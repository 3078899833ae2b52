// Lends the kernel's own memory as a buffer: the kernel must look before it reads.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    const void *kernel = (const void *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE);
    return crime_refused(sys_write(CONSOLE, kernel, 16), ERROR_BAD_ADDRESS);
}
