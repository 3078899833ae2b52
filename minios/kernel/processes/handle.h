// Handles: the small numbers by which a process names the files, pipes and ports that
// it has opened. The numbers mean something only in this process. So a program cannot
// reach an object by guessing an address: it can only name what the kernel has given to
// it.
#pragma once

#include "tasks/process.h"

// The handle of that number in the current process, or NULL.
struct handle *handle_get(uint32_t number);

// The port of a handle, to which the current process may send (with `owned`: from which
// it may receive), or NULL.
struct port *handle_port(uint32_t number, bool owned);

// Gives the handle a free number in the current process, and returns the number. If
// there is none, closes the handle and returns -ERROR_NO_MEMORY.
[[nodiscard]] long handle_install(struct handle handle);

// Closes the object of the handle, which becomes HANDLE_NONE. Returns 0. For a file,
// returns a negated ERROR_ if what was written to it could not be stored on the disk.
long handle_close(struct handle *handle);
