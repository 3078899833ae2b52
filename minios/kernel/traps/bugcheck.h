// Bug check: the kernel cannot go on, so it stops the whole machine. "Bug check" is
// Windows' word for what people call a blue screen; Linux says "panic".
#ifndef TRAPS_BUGCHECK_H
#define TRAPS_BUGCHECK_H

#include "base/stop.h"

// Says why on the console and on the screen, writes the dump, and resets the machine.
// kernel_main registers it, and every part of the kernel comes here by stop_machine
// (base/stop.h).
stop_function bugcheck;

#endif
