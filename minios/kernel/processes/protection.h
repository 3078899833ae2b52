// Protection: which processes others may not end, stop or change, whatever rights they
// have to do so with processes in general.
//
// A security program in ring 3 is a process like any other, and the first thing that an
// attacker wants is its end. In ring 0 nobody could end it by a system call. So a system
// that moves security programs to ring 3 owes them this help. macOS protects its system
// extensions (System Integrity Protection), Windows has protected processes.
#pragma once

#include <stdbool.h>

struct process;

// Whether the current process may not act against this one. Called at IRQL_HIGH, so that
// the process cannot end meanwhile.
[[nodiscard]] bool protection_forbids(const struct process *target);

// Whether the current process is init or the supervisor: they start the services, and
// answer for them. The kernel itself does, too.
[[nodiscard]] bool protection_manages(void);

// Whether this file is the supervisor's own, and the current process is another one. What
// the supervisor remembers could keep the sensor from being started again.
[[nodiscard]] bool protection_keeps(const char *path);
