// Passes an address of the kernel as a buffer to a system call. Ring 0 could read it,
// so the kernel must check the address first: otherwise it would print its own memory
// for us.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    const void *kernel = (const void *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE);
    return crime_refused(sys_write(CONSOLE, kernel, 16), ERROR_BAD_ADDRESS);
}
