// Calls a null function pointer. No page is mapped at address 0, so the CPU cannot
// fetch an instruction there.
// Expect: #PF 0x14
#include "crime.h"

int main(void)
{
    void (*run)(void) = NULL;
    __asm__ volatile("" : "+r"(run));
    run();
    return crime_unpunished();
}
