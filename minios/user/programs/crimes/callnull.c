// Calls a null function pointer.
// Expect: #PF 0x14
#include "crime.h"

int main(void)
{
    void (*run)(void) = NULL;
    __asm__ volatile("" : "+r"(run));
    run();
    return crime_unpunished();
}
