// Executes code on its own stack, as an overflowing buffer would.
// Expect: #PF 0x15
#include "crime.h"

int main(void)
{
    volatile uint8_t code[] = {0xc3};  // ret
    void (*run)(void) = (void (*)(void))(uintptr_t)code;
    __asm__ volatile("" : "+r"(run));
    run();
    return crime_unpunished();
}
