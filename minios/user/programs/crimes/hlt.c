// Stops the CPU: HLT is privileged.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("hlt");
    return crime_unpunished();
}
