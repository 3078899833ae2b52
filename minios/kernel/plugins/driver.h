// Drivers: code of third parties that runs in ring 0, as a part of the kernel.
#ifndef PLUGINS_DRIVER_H
#define PLUGINS_DRIVER_H

#include <minios/abi.h>
#include <stdbool.h>

struct driver {
    uint64_t base;  // of its text
    uint64_t size;  // of all its sections, in whole pages
    const struct plugin *plugin;
    uint32_t events;  // that its manifest names: bits 1 << EVENT_
    uint32_t rights;  // that its manifest names: RIGHT_ bits
    struct thread *thread;
    struct port *port;
    long start_result;
    unsigned controls;     // how many control requests run in its code now
    char name[NAME_SIZE];  // "sentinel.sys"
    bool has_started;      // its start function has returned
    bool is_leaving;       // somebody is unloading it
    bool has_ended;        // its thread will not run its code again
    bool is_unloaded;      // its pages were taken away
};

// Loads a driver file and links it with the functions that the kernel exports. Then
// runs its start function on a new thread, and waits for the result. -ERROR_REFUSED if
// the model allows no third-party drivers, -ERROR_EXISTS if the driver is running
// already.
[[gnu::warn_unused_result]] long driver_load(const char *path);

// Stops a driver ("sentinel.sys"), waits for the end of its thread and takes its pages
// away. Pointers to its code that it has left elsewhere (an interrupt routine, a
// deferred call) stay there: calling one stops the machine.
[[gnu::warn_unused_result]] long driver_unload(const char *name);

// Passes a request of a program to a plugin ("sentinel"), on the caller's thread.
// Windows calls such a request an IOCTL. The kernel does not check the pointer.
// -ERROR_NOT_FOUND if there is no such driver, or it takes no requests.
[[gnu::warn_unused_result]] long driver_control(const char *name, uint64_t request,
                                                uint64_t pointer);

// The driver to whose memory an address belongs, or NULL.
const struct driver *driver_at_address(uint64_t address);
const struct driver *driver_was_at_address(uint64_t address);  // one that was unloaded
const struct driver *driver_of_current_thread(void);
const struct driver *driver_at_index(unsigned index);  // unloaded ones, too

#endif
