// Panic: how a kernel stops that tells its faults as Linux does. Windows' way to stop is
// bugcheck.c; which of the two it is, the policy says (base/policy.h).
#pragma once

#include "traps/diagnosis.h"

// Says why on the console, writes the dump, and does what the boot option `panic=` says:
// 0 (or none) stay as it is for ever, N > 0 reset after N seconds, N < 0 reset at once.
[[noreturn]] void panic(const struct diagnosis *diagnosis, const char *why);

// The same for a part of the kernel that has found something broken (base/stop.h).
[[noreturn]] void panic_for_stop(const struct diagnosis *diagnosis);

// The same because init has ended. `exit_code` is as Linux has it: the low byte is the
// number of the signal that ended it, the byte above what it gave to `exit`.
[[noreturn]] void panic_for_init(const struct diagnosis *diagnosis, uint32_t exit_code);
