// Crimes of callbacks: committed a moment later, in ring 0 at IRQL_DISPATCH on the stack
// of whoever was interrupted.
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

// Reads an address of neither half: not a page fault, so IRQL does not matter.
void crime_dpcgp(void)
{
    commit_later(act_read, (void *)USER_TOP, 0);
}

// Has the kernel's own code read an address where nothing is.
void crime_dpccopy(void)
{
    commit_later(act_copy, (void *)NOWHERE, 0);
}

// Executes an instruction that does not exist.
void crime_dpcbadop(void)
{
    commit_later(act_badop, NULL, 0);
}

// Waits for the disk where nothing may wait.
void crime_dpcwait(void)
{
    commit_later(act_wait, NULL, 0);
}

// Loops for ever where no other thread can take over.
void crime_dpcloop(void)
{
    commit_later(act_loop, NULL, 0);
}

static void again(void *nothing)
{
    commit_later(again, nothing, 0);
}

// Asks for itself again, at once and always.
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

// Two callbacks that ask for each other.
void crime_dpcpair(void)
{
    commit_later(ping, NULL, 0);
}

// Smashes the stack that it is called on, and returns to where nothing is.
void crime_dpcsmash(void)
{
    commit_later(act_smash, (void *)NOWHERE, 0);
}

static void come_back(void *argument)
{
    (void)argument;
    plugin_log("is still here");
}

// Leaves a callback behind; then somebody unloads it.
void crime_leave(void)
{
    commit_later(come_back, NULL, AFTER_UNLOAD);
}
