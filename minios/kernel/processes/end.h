// How a process ends.
#pragma once

#include "arch/trapframe.h"
#include <minios/abi.h>

struct process;

// Ends the current process. `death` says why; this function fills in process id, name
// and lifetime.
[[noreturn]] void process_end(struct death death);

// Called by trap.c: the CPU has refused an instruction of ring 3. Ends the current
// process and nothing else. Only if the system cannot go on without this process (it
// has the right CRITICAL), the machine stops.
[[noreturn]] void process_fault(const struct trapframe *frame, uint64_t cr2);

// Kills the process with this id: it ends when it next returns to ring 3.
// -ERROR_NOT_FOUND if there is none.
[[nodiscard]] long process_kill(uint32_t id);

// Gives back the memory of a process that never began, or that has no thread any more.
void process_discard(struct process *process);
