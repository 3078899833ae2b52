// Drivers: plugins in ring 0.
#ifndef PLUGINS_DRIVER_H
#define PLUGINS_DRIVER_H

#include <minios/abi.h>
#include <stdbool.h>

struct driver {
    uint64_t base;  // of its text
    uint64_t size;  // of all its sections, in whole pages
    const struct plugin *plugin;
    struct thread *thread;
    struct port *port;
    bool has_started;
    long start_result;     // 1 until the plugin's start function has returned
    char name[NAME_SIZE];  // "sentinel.sys"
};

// Loads a relocatable ELF file, links it against the kernel's exports, runs its start
// function on a System thread of its own and waits for it. -ERROR_REFUSED if the policy
// of the model takes no drivers.
[[gnu::warn_unused_result]] long driver_load(const char *path);

// The driver that an address belongs to, or NULL.
const struct driver *driver_at_address(uint64_t address);
const struct driver *driver_of_current_thread(void);
const struct driver *driver_at_index(unsigned index);  // NULL past the last

#endif
