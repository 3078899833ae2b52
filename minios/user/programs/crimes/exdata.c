// Executes its own data. A page that may be written has the no-execute bit (NX).
// Expect: #PF 0x15
#include "crime.h"

static uint8_t code[] = {0xc3};  // ret

int main(void)
{
    void (*run)(void) = (void (*)(void))(uintptr_t)code;
    __asm__ volatile("" : "+r"(run));
    run();
    return crime_unpunished();
}
