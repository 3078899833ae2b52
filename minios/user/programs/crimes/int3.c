// Executes a breakpoint, although there is no debugger. The gate of vector 3 is open to
// ring 3, so this is #BP (breakpoint) and not #GP.
// Expect: #BP
#include "crime.h"

int main(void)
{
    __asm__ volatile("int3");
    return crime_unpunished();
}
