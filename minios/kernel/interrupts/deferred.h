// Deferred calls: work that an interrupt routine leaves for a moment later. Windows
// calls one a DPC (deferred procedure call). deferred.c explains why they exist.
#pragma once

#include "arch/trapframe.h"

typedef void deferred_function(void *argument);

// Calls a function once, at IRQL_DISPATCH, when so many nanoseconds have passed: at the
// end of the next interrupt. Returns 0, or -ERROR_NO_MEMORY if the queue is full.
[[nodiscard]] long deferred_queue(deferred_function *function, void *argument,
                                  uint64_t nanoseconds);

// Called by trap.c at the end of an interrupt, with interrupts off, if the interrupted
// code ran below IRQL_DISPATCH. Runs the calls that are due. Returns with interrupts
// off.
void deferred_run(void);

// Called by trap.c at each interrupt. Stops the machine if one deferred call has taken
// too long, or many of them one after the other.
void deferred_watch(const struct trapframe *frame);

// Drops all calls, and ends the watch over the one that runs: the kernel is crashing.
void deferred_forget(void);
