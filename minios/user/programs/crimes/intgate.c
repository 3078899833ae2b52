// Calls an interrupt gate that is for hardware only: its DPL is 0.
// Expect: #GP 0x102
#include "crime.h"

int main(void)
{
    __asm__ volatile("int %0" ::"i"(IRQ_BASE));
    return crime_unpunished();
}
