// Crimes of interrupt routines: committed in ring 0 at IRQL_CLOCK, with interrupts off,
// on the stack of whoever was interrupted. A process is refused: it has no interrupts.
#include "crimes.h"

#define TICKS_LISTENED 2

struct job {
    void (*act)(void *);
    void *argument;
    volatile bool is_done;
};

static void do_job(void *argument)
{
    struct job *job = argument;
    job->act(job->argument);
    job->is_done = true;
}

// Listens to the clock and waits until it is over. The clock goes on meanwhile, and finds
// us running: so it is our own stack that the routine is called on.
static void listen_until(void (*routine)(void *), void *argument,
                         volatile bool *is_over)
{
    long error = plugin_connect_interrupt(IRQ_TIMER, routine, argument);
    if (error < 0) {
        crime_was_refused(error);
        return;
    }
    while (!*is_over) {
        __asm__ volatile("");
    }
    error = plugin_disconnect_interrupt(IRQ_TIMER, routine, argument);
    if (error < 0) {
        crime_was_refused(error);
    }
}

static void commit_at_tick(void (*act)(void *), void *argument)
{
    struct job job = {.act = act, .argument = argument};
    listen_until(do_job, &job, &job.is_done);
}

// Reads through a null pointer.
void crime_isrnull(void)
{
    commit_at_tick(act_read, NULL);
}

// Writes where nothing is.
void crime_isrwild(void)
{
    commit_at_tick(act_write, (void *)NOWHERE);
}

// Has the kernel's own code read an address where nothing is.
void crime_isrcopy(void)
{
    commit_at_tick(act_copy, (void *)NOWHERE);
}

// Reads an address of neither half: not a page fault, so IRQL does not matter.
void crime_isrgp(void)
{
    commit_at_tick(act_read, (void *)USER_TOP);
}

// Divides by zero.
void crime_isrdiv(void)
{
    commit_at_tick(act_divide, NULL);
}

// Smashes the stack that it is called on, and returns to where nothing is.
void crime_isrsmash(void)
{
    commit_at_tick(act_smash, (void *)NOWHERE);
}

// Waits for the disk where nothing may wait.
void crime_isrwait(void)
{
    commit_at_tick(act_wait, NULL);
}

// Loops for ever. No interrupt can come, so there is no watchdog either.
void crime_isrloop(void)
{
    commit_at_tick(act_loop, NULL);
}

// ---- As it should be: short, and the longer work in a deferred call.

static volatile unsigned ticks_heard;
static volatile bool has_thought;

static void think(void *argument)
{
    (void)argument;
    unsigned first = ticks_heard;
    while (ticks_heard - first < TICKS_LISTENED) {
        __asm__ volatile("");  // the clock interrupts a deferred call, too
    }
    plugin_log("has heard the clock");
    has_thought = true;
}

static void hear(void *argument)
{
    (void)argument;
    if (ticks_heard++ == 0 && plugin_defer(think, NULL, 0) < 0) {
        has_thought = true;  // there was no room for it
    }
}

// Listens to the clock for a moment, and does nothing wrong.
void crime_isrspy(void)
{
    ticks_heard = 0;
    has_thought = false;
    listen_until(hear, NULL, &has_thought);
}

// ---- As it should not: nobody disconnects it.

static void stay(void *argument)
{
    (void)argument;
}

// Leaves a routine connected; then somebody unloads it.
void crime_isrleave(void)
{
    long error = plugin_connect_interrupt(IRQ_TIMER, stay, NULL);
    if (error < 0) {
        crime_was_refused(error);
    }
}
