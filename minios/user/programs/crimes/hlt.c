// Stops the CPU. HLT is privileged: only ring 0 may use it.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("hlt");
    return crime_unpunished();
}
