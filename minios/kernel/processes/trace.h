// Tracing: one process debugs another one, with breakpoints.
#pragma once

#include "arch/trapframe.h"
#include <stdbool.h>
#include <stdint.h>

struct port;

// From now on the process of this handle, which has to be for TASK_CONTROL, stops at each
// breakpoint, and the port is told. NULL: no longer. Returns 0, or an error of a handle
// (processes/access.h).
[[nodiscard]] long trace_set(uint32_t handle, struct port *port);

// Called by trap.c for a fault in ring 3. If it is a breakpoint of a process that is being
// traced, tells the tracer and comes back when the process goes on. False if it is not.
[[nodiscard]] bool trace_takes(struct trapframe *frame);
