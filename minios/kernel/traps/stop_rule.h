// Which stop code a fault in ring 0 becomes. `cr2` is the address of a page fault.
// `irql` is the interrupt request level at which the code ran (irql.h).
#pragma once

#include "base/stop.h"
#include "base/irql.h"

struct stop stop_for_fault(const struct trapframe *frame, uint64_t cr2, enum irql irql);

// Whether the interrupted instruction belongs to the kernel itself, and not to a
// driver.
bool is_kernel_code(const struct trapframe *frame);
