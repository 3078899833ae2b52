// The memory of a process: its stack, and what it asks for later.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct process;

// Makes the stack of a new process, with the argument at its top. Returns false if no
// memory is left.
[[nodiscard]] bool process_map_stack(struct process *process, const char *argument);

// Gives the current process more memory, filled with zeros, at the end of its heap.
// Returns the address, or a negated ERROR_.
[[nodiscard]] long process_memory_map(size_t size);
