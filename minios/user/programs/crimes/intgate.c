// Calls a gate that is meant for the timer: its DPL is 0, so ring 3 may not use it. If
// it could, a program could fake interrupts. The error code names the gate (vector
// 0x20, times 8) and the IDT (bit 1); QEMU says 0x202 here.
// Expect: #GP 0x102
#include "crime.h"

int main(void)
{
    __asm__ volatile("int %0" ::"i"(IRQ_BASE));
    return crime_unpunished();
}
