// Crimes of interrupt routines. In ring 0 they are committed at IRQL 13 (clock), with
// interrupts off, on the stack of whatever thread was interrupted. A process is
// refused: it cannot connect to interrupts.
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

// Connects a routine to the timer, and waits in a loop until `is_over`. So the timer
// most likely interrupts this loop, and the routine runs on our own stack.
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

// Writes to an address where no page is mapped.
void crime_isrwild(void)
{
    commit_at_tick(act_write, (void *)NOWHERE);
}

// Makes the kernel's own code read an address where no page is mapped.
void crime_isrcopy(void)
{
    commit_at_tick(act_copy, (void *)NOWHERE);
}

// Reads an address that belongs to neither half. This is #GP and not a page fault, so
// the stop code is 0x1E and not 0xD1.
void crime_isrgp(void)
{
    commit_at_tick(act_read, (void *)USER_TOP);
}

// Divides by zero.
void crime_isrdiv(void)
{
    commit_at_tick(act_divide, NULL);
}

// Overwrites the stack on which it runs, and returns to an address with no page.
void crime_isrsmash(void)
{
    commit_at_tick(act_smash, (void *)NOWHERE);
}

// Waits for the disk in an interrupt, where nothing may wait.
void crime_isrwait(void)
{
    commit_at_tick(act_wait, NULL);
}

// Loops for ever. Interrupts are off, so the watchdog, which needs the timer, cannot
// run.
void crime_isrloop(void)
{
    commit_at_tick(act_loop, NULL);
}

// ---- How it should be done: a short routine, and the longer work in a deferred call.

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
        has_thought = true;  // the queue of deferred calls was full
    }
}

// Listens to the timer for a moment, and does nothing wrong.
void crime_isrspy(void)
{
    ticks_heard = 0;
    has_thought = false;
    listen_until(hear, NULL, &has_thought);
}

// ---- How it should not be done: nobody disconnects the routine.

static void stay(void *argument)
{
    (void)argument;
}

// Leaves a routine connected. After the driver is unloaded, the next interrupt calls
// code that is no longer there.
void crime_isrleave(void)
{
    long error = plugin_connect_interrupt(IRQ_TIMER, stay, NULL);
    if (error < 0) {
        crime_was_refused(error);
    }
}
