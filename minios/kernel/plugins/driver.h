// Drivers: plugins in ring 0.
#ifndef PLUGINS_DRIVER_H
#define PLUGINS_DRIVER_H

#include <minios/abi.h>
#include <stdbool.h>

struct driver {
    uint64_t base;  // of its text
    uint64_t size;  // of all its sections, in whole pages
    const struct plugin *plugin;
    uint32_t events;  // what its manifest names: 1 << EVENT_ bits,
    uint32_t rights;  // and RIGHT_ bits
    struct thread *thread;
    struct port *port;
    long start_result;
    unsigned controls;     // requests that run in its code now
    char name[NAME_SIZE];  // "sentinel.sys"
    bool has_started;      // its start function has returned
    bool is_leaving;       // somebody unloads it
    bool has_ended;        // its thread runs none of its code any more
    bool is_unloaded;      // its pages are gone
};

// Loads a relocatable ELF file, links it against the kernel's exports, runs its start
// function on a System thread of its own and waits for it. -ERROR_REFUSED if the policy
// of the model takes no drivers, -ERROR_EXISTS if it is running already.
[[gnu::warn_unused_result]] long driver_load(const char *path);

// Stops a driver ("sentinel.sys"), waits for the end of its thread and takes its pages
// away. What it has left behind elsewhere stays there.
[[gnu::warn_unused_result]] long driver_unload(const char *name);

// Has a plugin ("sentinel") serve a request on the caller's thread. The pointer is handed
// over as it is. -ERROR_NOT_FOUND: no such driver, or it serves none.
[[gnu::warn_unused_result]] long driver_control(const char *name, uint64_t request,
                                                uint64_t pointer);

// The driver that an address belongs to, or NULL.
const struct driver *driver_at_address(uint64_t address);
const struct driver *driver_was_at_address(uint64_t address);  // one that was unloaded
const struct driver *driver_of_current_thread(void);
const struct driver *driver_at_index(unsigned index);  // unloaded ones, too

#endif
