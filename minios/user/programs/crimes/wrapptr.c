// Passes a buffer whose end wraps around: base + size is more than 64 bits can hold,
// and becomes a small number. A careless check would take it for an address of the
// program.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    const void *last = (const void *)(UINT64_MAX - 15);
    return crime_refused(sys_write(CONSOLE, last, 32), ERROR_BAD_ADDRESS);
}
