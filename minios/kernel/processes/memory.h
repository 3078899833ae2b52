// The memory of a process: its stack, and what it asks for later.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;

// Makes the stack of a new process, with the argument at its top. Returns false if no
// memory is left.
[[nodiscard]] bool process_map_stack(struct process *process, const char *argument);

// Gives the current process more memory, filled with zeros, at the end of its heap.
// Returns the address, or a negated ERROR_.
[[nodiscard]] long process_memory_map(size_t size);

// The same with other rights than to read and write (MEMORY_). Security clients are asked
// before. -ERROR_NOT_PERMITTED: WRITE and EXECUTE together.
[[nodiscard]] long process_mmap(size_t size, uint64_t rights);

// Both are about whole pages of the current process, from the one with the address on.
// -ERROR_BAD_ADDRESS: one of them is not mapped; then nothing is changed.

[[nodiscard]] long process_munmap(uint64_t address, size_t size);

// Asks security clients, as process_mmap does.
[[nodiscard]] long process_mprotect(uint64_t address, size_t size, uint64_t rights);

// The MEMORY_ rights that a page-table entry gives to ring 3.
uint32_t process_memory_rights(uint64_t entry);
