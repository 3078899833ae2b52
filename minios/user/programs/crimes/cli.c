// Switches interrupts off. Then the timer could not take the CPU away from this program
// again. So CLI needs a ring at most as high as IOPL, which is 0.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("cli");
    return crime_unpunished();
}
