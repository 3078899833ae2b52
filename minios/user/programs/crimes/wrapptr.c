// Lends a buffer whose end wraps round: base + size is small, though base is not.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    const void *last = (const void *)(UINT64_MAX - 15);
    return crime_refused(sys_write(CONSOLE, last, 32), ERROR_BAD_ADDRESS);
}
