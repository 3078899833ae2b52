// Traps: everything that the CPU interrupts a program for.
#ifndef TRAPS_TRAP_H
#define TRAPS_TRAP_H

#include "arch/trapframe.h"
#include <stdbool.h>

// Whose fault it is that the CPU trapped. This is the question of the whole system: what
// ring 3 does wrong costs one process, what ring 0 does wrong costs the machine.
enum trap_blame { TRAP_BLAMES_RING3, TRAP_BLAMES_RING0, TRAP_IS_INTERRUPT };

enum trap_blame trap_blame_of(const struct trapframe *frame);

// Whether the instruction was one of the kernel's own.
bool trap_is_of_kernel_code(const struct trapframe *frame);

#endif
