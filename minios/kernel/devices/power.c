// Resetting the machine and switching it off. There is more than one way to do it, and
// not every board has all of them. So they are tried in turn: one that is missing does
// nothing.
#include "devices/power.h"

#include "arch/cpu.h"
#include "arch/descriptors.h"

void power_reset(void)
{
    cpu_interrupts_off();
    cpu_out8(PORT_RESET_CONTROL, PORT_RESET_SYSTEM);
    cpu_out8(PORT_RESET_CONTROL, PORT_RESET_SYSTEM | PORT_RESET_CPU);
    // There was no such port. A triple fault resets every x86 machine.
    descriptors_forget_idt();
    __builtin_unreachable();
}

void power_off(void)
{
    cpu_interrupts_off();
    cpu_out8(PORT_DEBUG_EXIT, 0);
    for (;;) {
        __asm__ volatile("hlt");
    }
}
