// Gives up: a gate that is open to ring 3, unlike that of `intgate`, so it is no #GP.
// Expect: INT 0x99
#include "crime.h"

int main(void)
{
    __asm__ volatile("int %0" ::"i"(FAIL_FAST_VECTOR), "c"(FAIL_FAST_ARRAY_BOUNDS));
    return crime_unpunished();
}
