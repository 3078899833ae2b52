// Jumps to an address where there is no page.
// Expect: #PF 0x14
#include "crime.h"

int main(void)
{
    void (*run)(void) = (void (*)(void))0xffffdead00000000;
    __asm__ volatile("" : "+r"(run));
    run();
    return crime_unpunished();
}
