// Switches interrupts off: CLI needs CPL <= IOPL.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("cli");
    return crime_unpunished();
}
