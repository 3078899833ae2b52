// The table of drivers (see driver.h): which are loaded, and whose code is at an address.
#include "plugins/driver.h"

#include "base/irql.h"
#include "library/text.h"
#include "tasks/thread.h"
#include <minios/plugin.h>

#define DRIVERS_LIMIT DUMP_MODULES

// The entry of an unloaded driver is used again only if no other is free. Until then
// the kernel can tell that an address was part of that driver.
static struct driver drivers[DRIVERS_LIMIT];
static unsigned driver_count;

struct wait_queue driver_changed;

// Whether a driver runs, and nobody is unloading it.
static bool is_running(const struct driver *driver)
{
    return driver->has_started && driver->start_result == 0 && !driver->has_ended &&
           !driver->is_leaving;
}

static bool is_present(const struct driver *driver)
{
    return !driver->has_ended;
}

static bool is_left_open(const struct driver *driver)
{
    return driver->has_ended && !driver->is_leaving;
}

static bool is_loaded(const struct driver *driver)
{
    return !driver->is_unloaded;
}

static struct driver *find(const char *name, bool (*fits)(const struct driver *))
{
    for (unsigned i = 0; i < driver_count; i++) {
        if (fits(&drivers[i]) && text_equal(drivers[i].name, name)) {
            return &drivers[i];
        }
    }
    return NULL;
}

struct driver *driver_running(const char *name)
{
    return find(name, is_running);
}

struct driver *driver_loaded(const char *name)
{
    return find(name, is_loaded);
}

struct driver *driver_of_plugin(const char *name)
{
    for (unsigned i = 0; i < driver_count; i++) {
        if (is_running(&drivers[i]) && text_equal(drivers[i].plugin->name, name)) {
            return &drivers[i];
        }
    }
    return NULL;
}

bool driver_is_present(const char *name)
{
    return find(name, is_present) != NULL;
}

struct driver *driver_left_open(const char *name)
{
    return find(name, is_left_open);
}

// A new entry, or else the entry of the driver that was unloaded first. That one has
// the lowest address, because each driver gets a higher address than the one before.
// Called at IRQL_HIGH until the entry is filled, so that nobody else takes the same
// one.
static struct driver *free_entry(void)
{
    if (driver_count < DRIVERS_LIMIT) {
        return &drivers[driver_count++];
    }
    struct driver *oldest = NULL;
    for (unsigned i = 0; i < driver_count; i++) {
        struct driver *driver = &drivers[i];
        // One that was unloaded by force may still have callers that come back.
        bool is_free = driver->is_unloaded && driver->callers == driver->dead_callers;
        if (is_free && (oldest == NULL || driver->base < oldest->base)) {
            oldest = driver;
        }
    }
    return oldest;
}

struct driver *driver_enter(const struct driver *entry)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct driver *driver = free_entry();
    if (driver != NULL) {
        *driver = *entry;
    }
    irql_lower(old);
    return driver;
}

static struct driver *find_at(uint64_t address, bool unloaded)
{
    for (unsigned i = 0; i < driver_count; i++) {
        if (address - drivers[i].base < drivers[i].size &&
            drivers[i].is_unloaded == unloaded) {
            return &drivers[i];
        }
    }
    return NULL;
}

struct driver *driver_at_address(uint64_t address)
{
    return find_at(address, false);
}

const struct driver *driver_was_at_address(uint64_t address)
{
    return find_at(address, true);
}

struct driver *driver_with_port(const struct port *port)
{
    for (unsigned i = 0; i < driver_count; i++) {
        if (drivers[i].port == port && is_present(&drivers[i])) {
            return &drivers[i];
        }
    }
    return NULL;
}

struct driver *driver_of_current_thread(void)
{
    for (unsigned i = 0; i < driver_count; i++) {
        if (drivers[i].thread == thread_current()) {
            return &drivers[i];
        }
    }
    return NULL;
}

const struct driver *driver_at_index(unsigned index)
{
    return index < driver_count ? &drivers[index] : NULL;
}
