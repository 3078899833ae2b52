// Ends itself because it has found that it is damaged (fail fast). The gate of this
// vector is open to ring 3. That of `intgate` is not, so there the same instruction is
// a #GP.
// Expect: INT 0x99
#include "crime.h"

int main(void)
{
    __asm__ volatile("int %0" ::"i"(FAIL_FAST_VECTOR), "c"(FAIL_FAST_ARRAY_BOUNDS));
    return crime_unpunished();
}
