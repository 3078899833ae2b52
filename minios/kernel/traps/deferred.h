// Deferred calls: work that an interrupt leaves for a moment later.
#ifndef TRAPS_DEFERRED_H
#define TRAPS_DEFERRED_H

#include "arch/trapframe.h"
#include <stdbool.h>
#include <stdint.h>

typedef void deferred_function(void *argument);

// Calls a function once, at IRQL_DISPATCH, at the end of the first interrupt after so
// many nanoseconds. 0, or -ERROR_NO_MEMORY: the queue is full.
[[gnu::warn_unused_result]] long deferred_queue(deferred_function *function,
                                                void *argument, uint64_t nanoseconds);

// At the end of an interrupt that came below IRQL_DISPATCH, interrupts off: runs what
// is due. Returns with interrupts off.
void deferred_run(void);

// Whether a deferred call is running; then nothing may wait.
bool deferred_is_running(void);

// From an interrupt: stops the machine if a deferred call has taken too long, or if many
// have, one after the other.
void deferred_watch(const struct trapframe *frame);

#endif
