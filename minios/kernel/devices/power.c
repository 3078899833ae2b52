// Reset and power. What a board does not have is tried and has no effect.
#include "devices/power.h"

#include "arch/cpu.h"
#include "arch/descriptors.h"

void power_reset(void)
{
    cpu_interrupts_off();
    cpu_out8(PORT_RESET_CONTROL, PORT_RESET_SYSTEM);
    cpu_out8(PORT_RESET_CONTROL, PORT_RESET_SYSTEM | PORT_RESET_CPU);
    // No such port: a fault that no table can serve resets every x86 CPU.
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
