// Access to other processes: what a program may know of them, and do with them.
//
// An address space is a wall: no pointer of one process leads into another. Whoever has
// to look over it, as a debugger does, must ask the kernel. It opens the process, and gets
// a handle that says for what (TASK_). macOS calls such a handle a task port.
#pragma once

#include <minios/abi.h>

struct process;

// Describes the index-th living process. Security clients are asked if it is another one
// than the caller. -ERROR_NOT_FOUND past the last, -ERROR_DENIED.
[[nodiscard]] long access_list(uint32_t index, struct process_entry *entry);

// Makes a handle to a process, and returns its number. Security clients are asked before
// READ and CONTROL.
//
//     -ERROR_NOT_FOUND      there is no such process
//     -ERROR_NOT_PERMITTED  READ and CONTROL need the right DEBUG
//     -ERROR_DENIED         a security client denies it
[[nodiscard]] long access_open(uint32_t id, uint32_t access);

// The process of a handle, if the handle is for that much. Called at IRQL_HIGH: the process
// is there until the level is lowered. Its errors are those below.
[[nodiscard]] long access_find(uint32_t handle, uint32_t access,
                               struct process **process);

// Each is given the number of a handle, and returns -ERROR_BAD_HANDLE if it is no handle
// to a process, -ERROR_NOT_PERMITTED if it is for less, and -ERROR_NOT_FOUND if the
// process has ended.

[[nodiscard]] long access_info(uint32_t handle, struct process_info *info);

// The first memory from this address on. -ERROR_NOT_FOUND: there is no more.
[[nodiscard]] long access_memory(uint32_t handle, uint64_t address,
                                 struct memory_range *range);

// Copy `size` bytes at an address of the process, all or nothing. -ERROR_BAD_ADDRESS.
[[nodiscard]] long access_read(uint32_t handle, uint64_t address, void *to,
                               size_t size);
[[nodiscard]] long access_write(uint32_t handle, uint64_t address, const void *from,
                                size_t size);
