// Deferred calls: work that an interrupt leaves for a moment later.
//
// They run at IRQL_DISPATCH on the stack of whatever thread was interrupted: interrupts
// are on, so the clock goes on, but no other thread runs until the call returns. A call
// that does not return would stop everything for ever; the watchdog in the timer
// interrupt makes that a stop code.
#include "traps/deferred.h"

#include "arch/cpu.h"
#include "tasks/thread.h"
#include "traps/bugcheck.h"
#include "traps/irql.h"

#define CALLS_LIMIT      16
#define TICKS_ALLOWED    50UL  // half a second
#define SINGLE_CALL_OVER 0UL   // parameter 1 of 0x133

struct call {
    deferred_function *function;
    void *argument;
    uint64_t due;  // tick
};

// All guarded by IRQL_HIGH.
static struct call calls[CALLS_LIMIT];  // in the order in which they were queued
static unsigned call_count;
static bool is_running;
static uint64_t began;  // tick at which the running call began

long deferred_queue(deferred_function *function, void *argument, uint64_t nanoseconds)
{
    long error = -ERROR_NO_MEMORY;
    enum irql old = irql_raise(IRQL_HIGH);
    if (call_count < CALLS_LIMIT) {
        calls[call_count++] = (struct call){
            .function = function,
            .argument = argument,
            .due = nanoseconds == 0 ? 0 : thread_deadline(nanoseconds),
        };
        error = 0;
    }
    irql_lower(old);
    return error;
}

static bool take_due(struct call *call)
{
    for (unsigned i = 0; i < call_count; i++) {
        if (calls[i].due > thread_ticks()) {
            continue;
        }
        *call = calls[i];
        for (call_count--; i < call_count; i++) {
            calls[i] = calls[i + 1];
        }
        return true;
    }
    return false;
}

void deferred_run(void)
{
    struct call call;
    while (take_due(&call)) {
        irql_set(IRQL_DISPATCH);
        is_running = true;
        began = thread_ticks();
        cpu_interrupts_on();
        call.function(call.argument);
        cpu_interrupts_off();
        is_running = false;
    }
}

bool deferred_is_running(void)
{
    return is_running;
}

void deferred_watch(const struct trapframe *frame)
{
    uint64_t used = thread_ticks() - began;
    if (is_running && used > TICKS_ALLOWED) {
        bugcheck(&(struct stop){
            .code = STOP_DPC_WATCHDOG_VIOLATION,
            .parameters = {SINGLE_CALL_OVER, used, TICKS_ALLOWED, 0},
            .frame = frame,
        });
    }
}
