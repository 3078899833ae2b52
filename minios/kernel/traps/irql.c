// IRQL: one number for one CPU.
#include "traps/irql.h"

#include "arch/cpu.h"
#include "traps/bugcheck.h"
#include <minios/abi.h>

// Boot runs with interrupts off. Changed only with interrupts off or by the one CPU that
// reads it.
static enum irql current_irql = IRQL_HIGH;

// The level of each interrupt line. They stand in the order in which the PICs serve them:
// a lower pin comes first, and the second PIC (lines 8 to 15) hangs on pin 2.
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
        cpu_interrupts_off();  // before the level says so: no trap may see a half-truth
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
