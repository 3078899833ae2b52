// Loading and unloading drivers, and passing requests to them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct driver;

// Loads a driver file and links it with the functions that the kernel exports. Then
// runs its start function on a new thread, and waits for the result. -ERROR_REFUSED if
// the model allows no third-party drivers, -ERROR_EXISTS if the driver is running
// already, -ERROR_NOT_APPROVED if the user has to approve it and
// has not, -ERROR_DENIED if a client of the security events forbids it.
[[nodiscard]] long driver_load(const char *path);

// Stops a driver ("sentinel.sys"), waits for the end of its thread and takes its pages
// away. Pointers to its code that it has left elsewhere (an interrupt routine, a
// deferred call) stay there: calling one stops the machine.
[[nodiscard]] long driver_unload(const char *name);

// The same in the model linux, with flags MODULE_. -ERROR_BUSY: somebody is in its code, or
// was ended there, and the flags have no MODULE_FORCE.
[[nodiscard]] long driver_unload_module(const char *name, uint32_t flags);

// Passes a request of a program to a plugin ("sentinel"), on the caller's thread.
// Windows calls such a request an IOCTL. The kernel does not check the pointer.
// -ERROR_NOT_FOUND if there is no such driver, or it takes no requests.
[[nodiscard]] long driver_control(const char *name, uint64_t request, uint64_t pointer);

// Keeps the code of the driver with this address, if there is one, in memory for ever.
// Whoever unloads it does not wait any more for a control request in this code.
void driver_keep(uint64_t address);

// Ends the current thread, which is that of this driver, in the middle of its work. If
// `closes` is true, its port closes, too: it gets no messages and events any more. The
// driver's code stays in memory for ever.
[[noreturn]] void driver_abandon(struct driver *driver, bool closes);
