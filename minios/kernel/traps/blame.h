// Who is to blame for a stop of the machine: the kernel itself, or a driver.
#ifndef TRAPS_BLAME_H
#define TRAPS_BLAME_H

#include "arch/trapframe.h"
#include <stdbool.h>

struct driver;

// Whether the interrupted instruction belongs to the kernel itself, and not to a
// driver.
bool blame_is_kernel_code(const struct trapframe *frame);

// The driver to blame, or NULL for the kernel. `frame` is what was interrupted; NULL: the
// code that runs now has found something broken.
const struct driver *blame_driver(const struct trapframe *frame);

#endif
