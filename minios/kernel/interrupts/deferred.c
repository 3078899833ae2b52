// Deferred calls: work that an interrupt routine leaves for a moment later.
//
// An interrupt routine runs with interrupts off, so it should be short. It does what
// cannot wait, and queues the rest here. The rest runs at IRQL_DISPATCH, with
// interrupts on, on the stack of whatever thread was interrupted. The clock goes on,
// but no other thread runs until the call returns.
//
// So a call that never returns would stop all threads for ever. So would calls that
// always queue another one. The watchdog here (deferred_watch) notices both and stops
// the machine with 0x133, DPC_WATCHDOG_VIOLATION. The code is Windows'; the time limits
// are ours.
#include "interrupts/deferred.h"

#include "arch/cpu.h"
#include "base/irql.h"
#include "base/stop.h"
#include "tasks/thread.h"

#define CALLS_LIMIT    16
#define TICKS_FOR_ONE  50UL   // half a second
#define TICKS_FOR_MANY 100UL  // for calls that follow one another without a pause

#define ONE_TOO_LONG  0UL  // parameter 1 of 0x133
#define MANY_TOO_LONG 1UL

struct call {
    deferred_function *function;
    void *argument;
    uint64_t due;  // tick
};

// All guarded by IRQL_HIGH.
static struct call calls[CALLS_LIMIT];  // in the order in which they were queued
static unsigned call_count;
static bool is_running;
static uint64_t began;        // tick at which the running call began
static uint64_t first_began;  // ... the first of the calls that came without a pause

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

// Takes the first call that is due off the queue. Returns false if none is.
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
    first_began = thread_ticks();
    while (take_due(&call)) {
        irql_set(IRQL_DISPATCH);
        is_running = true;
        began = thread_ticks();
        thread_note_call((uint64_t)call.function);
        cpu_interrupts_on();
        bool before = thread_lend_stack(true);
        call.function(call.argument);
        cpu_interrupts_off();
        (void)thread_lend_stack(before);
        thread_note_call(0);
        is_running = false;
    }
}

void deferred_watch(const struct trapframe *frame)
{
    uint64_t used = thread_ticks() - began;
    if (is_running && used > TICKS_FOR_ONE) {
        stop_machine(&(struct stop){.code = STOP_DPC_WATCHDOG_VIOLATION,
                                    .parameters = {ONE_TOO_LONG, used, TICKS_FOR_ONE},
                                    .frame = frame});
    }
    if (is_running && thread_ticks() - first_began > TICKS_FOR_MANY) {
        stop_machine(&(struct stop){.code = STOP_DPC_WATCHDOG_VIOLATION,
                                    .parameters = {MANY_TOO_LONG, TICKS_FOR_MANY},
                                    .frame = frame});
    }
}

void deferred_forget(void)
{
    is_running = false;
    call_count = 0;
}
