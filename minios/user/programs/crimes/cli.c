// Switches interrupts off. Then the timer could not take the CPU away from this program
// again. So CLI is forbidden to every ring above IOPL, and IOPL is 0 here.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("cli");
    return crime_unpunished();
}
