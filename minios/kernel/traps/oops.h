// An oops: the way in which Linux takes a fault of its own kernel.
#pragma once

#include "traps/diagnosis.h"

// Called with interrupts off, after a fault in ring 0. Reports it, and ends the task that
// was running; what the task held stays held. Or stops the machine: see oops.c.
[[noreturn]] void oops(struct diagnosis *diagnosis);
