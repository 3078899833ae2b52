// Traps: everything for which the CPU interrupts the running code and enters the
// kernel. That is: interrupts of devices, exceptions such as a page fault, and `int n`.
#ifndef TRAPS_TRAP_H
#define TRAPS_TRAP_H

#include "arch/trapframe.h"
#include <stdbool.h>

// Which ring is to blame for a trap. This is the central question of minios: a mistake
// in ring 3 ends one process, a mistake in ring 0 stops the whole machine.
enum trap_blame { TRAP_BLAMES_RING3, TRAP_BLAMES_RING0, TRAP_IS_INTERRUPT };

enum trap_blame trap_blame_of(const struct trapframe *frame);

// Whether the interrupted instruction belongs to the kernel itself, and not to a
// driver.
bool trap_is_of_kernel_code(const struct trapframe *frame);

#endif
