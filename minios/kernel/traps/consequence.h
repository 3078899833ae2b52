// What follows a fault in ring 0.
#pragma once

#include "traps/diagnosis.h"

// Called by trap.c, with interrupts off. Does what the policy of the model says. In each
// case the code that has faulted does not go on.
[[noreturn]] void consequence_of_fault(struct diagnosis *diagnosis);
