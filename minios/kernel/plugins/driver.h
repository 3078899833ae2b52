// Drivers: code of third parties that runs in ring 0, as a part of the kernel.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Woken when a driver has started or ended, and when a thread has left its code.
extern struct wait_queue driver_changed;

struct driver {
    uint64_t base;        // of its text
    uint64_t size;        // of all its sections, in whole pages
    uint64_t text_size;   // of its code alone, which comes first
    struct names *names;  // of its functions (names.h), or NULL
    const struct plugin *plugin;
    struct plugin_manifest manifest;
    uint32_t told;  // what it was refused (limits.h)
    struct thread *thread;
    struct port *port;
    long start_result;
    unsigned callers;       // threads of others that are in its code, or about to be
    unsigned dead_callers;  // of these, those that were ended there: they stay counted
    uint32_t dead_id;       // the last of them: process id, 0 = none
    char dead_name[NAME_SIZE];
    struct thread *inside;  // runs one of its functions for events and messages now
    char name[NAME_SIZE];   // "sentinel.sys"
    char path[PATH_SIZE];   // of its file, in capitals
    bool has_started;       // its start function has returned
    bool is_leaving;        // its port was closed: it ends, or somebody unloads it
    bool has_ended;         // its thread will not run its code again
    bool is_abandoned;  // a thread was ended in its code: the code stays (driver_keep)
    bool is_stuck;      // it was ended in a function that one thread at a time runs
    bool is_unloaded;   // its pages were taken away
};

// The running driver with that file name ("sentinel.sys"), or with that plugin's name
// ("sentinel"). NULL if there is none, or if somebody is unloading it.
struct driver *driver_running(const char *name);
struct driver *driver_of_plugin(const char *name);

// The driver with that file name that has pages in memory, in whatever state. Or NULL.
struct driver *driver_loaded(const char *name);

// Whether a driver of this name is loaded, or is being loaded or unloaded.
bool driver_is_present(const char *name);

// A driver of this name whose thread was ended, and whose port is still open. Or NULL.
struct driver *driver_left_open(const char *name);

// Enters a driver in the table. Returns NULL if the table is full.
[[nodiscard]] struct driver *driver_enter(const struct driver *entry);

// The driver to whose memory an address belongs, or NULL.
struct driver *driver_at_address(uint64_t address);
const struct driver *driver_was_at_address(uint64_t address);  // one that was unloaded
struct driver *driver_of_current_thread(void);
struct driver *driver_with_port(const struct port *port);
const struct driver *driver_at_index(unsigned index);  // unloaded ones, too
