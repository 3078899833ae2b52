// IRQL: one number for one CPU.
#include "traps/irql.h"

#include "arch/cpu.h"
#include "traps/bugcheck.h"

// Boot runs with interrupts off. Changed only with interrupts off or by the one CPU that
// reads it.
static enum irql current_irql = IRQL_HIGH;

enum irql irql_current(void)
{
    return current_irql;
}

void irql_set(enum irql level)
{
    current_irql = level;
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
