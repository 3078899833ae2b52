// Crimes of deferred calls (Windows: DPC). In ring 0 they are committed a moment later,
// at IRQL 2 (dispatch), on the stack of whatever thread was interrupted.
#include "crimes.h"

#define AFTER_UNLOAD 300000000UL  // nanoseconds

static void commit_later(void (*function)(void *), void *argument, uint64_t nanoseconds)
{
    long error = plugin_defer(function, argument, nanoseconds);
    if (error < 0) {
        crime_was_refused(error);
    }
}

// Reads through a null pointer.
void crime_dpcnull(void)
{
    commit_later(act_read, NULL, 0);
}

// Reads an address that belongs to neither half. This is #GP and not a page fault, so
// the stop code is 0x1E and not 0xD1.
void crime_dpcgp(void)
{
    commit_later(act_read, (void *)USER_TOP, 0);
}

// Makes the kernel's own code read an address where no page is mapped.
void crime_dpccopy(void)
{
    commit_later(act_copy, (void *)NOWHERE, 0);
}

// Executes an instruction that does not exist.
void crime_dpcbadop(void)
{
    commit_later(act_badop, NULL, 0);
}

// Waits for the disk in a deferred call, where nothing may wait.
void crime_dpcwait(void)
{
    commit_later(act_wait, NULL, 0);
}

// Loops for ever in a deferred call, during which no thread runs.
void crime_dpcloop(void)
{
    commit_later(act_loop, NULL, 0);
}

static void again(void *nothing)
{
    commit_later(again, nothing, 0);
}

// A deferred call that always asks for itself again, at once.
void crime_dpcagain(void)
{
    commit_later(again, NULL, 0);
}

static void pong(void *nothing);

static void ping(void *nothing)
{
    commit_later(pong, nothing, 0);
}

static void pong(void *nothing)
{
    commit_later(ping, nothing, 0);
}

// Two deferred calls that always ask for each other.
void crime_dpcpair(void)
{
    commit_later(ping, NULL, 0);
}

// Overwrites the stack on which it runs, and returns to an address with no page.
void crime_dpcsmash(void)
{
    commit_later(act_smash, (void *)NOWHERE, 0);
}

static void come_back(void *argument)
{
    (void)argument;
    plugin_log("is still here");
}

// Leaves a deferred call in the queue. If the driver is unloaded before it is due, the
// kernel calls code that is no longer there.
void crime_leave(void)
{
    commit_later(come_back, NULL, AFTER_UNLOAD);
}
