// Executes code on its own stack, as an attack by buffer overflow tries to. The no-
// execute bit (NX) of the page stops it.
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
