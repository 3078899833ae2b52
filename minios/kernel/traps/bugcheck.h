// Bug check: the kernel cannot go on, so it stops the whole machine. "Bug check" is
// Windows' word for what people call a blue screen; Linux says "panic".
#pragma once

#include "traps/diagnosis.h"

// Says why on the console and on the screen, writes the dump, and resets the machine.
[[noreturn]] void bugcheck(const struct diagnosis *diagnosis);

// The same for a part of the kernel that has found something broken. kernel_main
// registers it, and every part of the kernel comes here by stop_machine (base/stop.h).
stop_function bugcheck_asked_for;
