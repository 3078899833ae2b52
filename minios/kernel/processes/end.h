// How a process ends.
#pragma once

#include "arch/trapframe.h"
#include <minios/abi.h>

struct port;
struct process;

// Ends the current process. `death` says why; this function fills in process id, name
// and lifetime.
[[noreturn]] void process_end(struct death death);

// Called by trap.c: the CPU has refused an instruction of ring 3. Ends the current
// process and nothing else. Only if the system cannot go on without this process (it
// has the right CRITICAL), the machine stops.
[[noreturn]] void process_fault(const struct trapframe *frame, uint64_t cr2);

// Called by the thread of a process before it returns to ring 3. Ends the process if it
// was killed, and stays here while it is stopped. Not earlier: in the middle of the kernel
// the thread may hold a lock.
void process_obey(void);

// From now on this port is told when the process ends. -ERROR_EXISTS if a port is told
// already whose owner still lives, -ERROR_NOT_FOUND if there is no such process.
[[nodiscard]] long process_watch(uint32_t id, struct port *port);

// Gives back the memory of a process that never began, or that has no thread any more.
void process_discard(struct process *process);
