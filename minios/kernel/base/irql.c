// IRQL, the interrupt request level (see irql.h): one number, because there is one CPU.
#include "base/irql.h"

#include "arch/cpu.h"
#include "base/stop.h"

// The start runs with interrupts off, so at the highest level. No lock is needed: an
// interrupt that changes this number puts it back before the interrupted code goes on.
static enum irql current_irql = IRQL_HIGH;

// The level of each interrupt line. The order is the one in which the interrupt
// controllers (PICs) serve the lines: a lower pin is more urgent. The second PIC (lines
// 8 to 15) is connected to pin 2 of the first, so its lines come before line 3.
static const uint8_t line_levels[IRQ_COUNT] = {
    [IRQ_TIMER] = IRQL_CLOCK,
    [1] = 12,
    [IRQ_CASCADE] = 12,
    [8] = 11,
    [9] = 11,
    [10] = 10,
    [11] = 10,
    [12] = 9,
    [13] = 9,
    [14] = 8,
    [15] = 8,
    [IRQ_LINK] = 7,
    [IRQ_CONSOLE] = 6,
    [5] = 5,
    [6] = 4,
    [7] = 3,
};

enum irql irql_current(void)
{
    return current_irql;
}

void irql_set(enum irql level)
{
    current_irql = level;
}

enum irql irql_of_line(unsigned irq)
{
    return (enum irql)line_levels[irq];
}

enum irql irql_raise(enum irql level)
{
    enum irql old = current_irql;
    if (level <= old) {
        return old;
    }
    if (level >= IRQL_DEVICE) {
        cpu_interrupts_off();  // first: an interrupt in between would see a wrong level
    }
    current_irql = level;
    return old;
}

void irql_lower(enum irql level)
{
    KERNEL_ASSERT(level <= current_irql);
    bool was_off = current_irql >= IRQL_DEVICE;
    current_irql = level;
    if (was_off && level < IRQL_DEVICE) {
        cpu_interrupts_on();
    }
}
