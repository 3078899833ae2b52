// Meets a breakpoint where no debugger is. The gate is open to ring 3: it is no #GP.
// Expect: #BP
#include "crime.h"

int main(void)
{
    __asm__ volatile("int3");
    return crime_unpunished();
}
