// Modules: what Linux calls a driver that can be loaded and unloaded while the kernel runs.
// driver_load.c loads and unloads; the rules that only the model linux has are here.
//
// The *use count* says how many threads of others are in the code of a module, or about to
// be (driver_calls.c, driver_control). As long as it is not 0, the module is not unloaded:
// other models wait, Linux refuses, and `rmmod` says "in use". A task that an oops has ended
// in that code never leaves it. So its count never comes back, and the module stays until
// the next start. Its hooks are called all the same, for the next task, too.
//
// Unloading *by force* (`rmmod -f`) asks nobody. The pages are taken away, and whoever comes
// back to them faults. Linux marks such a kernel with the letter R, and one with a module
// that is not its own with O. All modules of minios are of third parties.
//
// The *blocklist* is for a person whose machine does not start: the boot option
// module_blacklist=sentinel,gate names modules that are not loaded, whoever asks.
#include "plugins/modules.h"

#include "base/boot_options.h"
#include "base/policy.h"
#include "base/taint.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "library/text.h"
#include "plugins/driver.h"

#define BLOCKLIST_BYTES BOOT_ENTRY_WORDS_SIZE  // as long as an entry of the boot menu

// The name without its ending: "sentinel.sys" becomes "sentinel".
static void cut_ending(char *name)
{
    while (*name != '\0' && *name != '.') {
        name++;
    }
    *name = '\0';
}

static void copy_stem(char stem[NAME_SIZE], const char *name)
{
    text_copy(stem, NAME_SIZE, name);
    cut_ending(stem);
}

bool module_is_blocked(const char *name)
{
    char list[BLOCKLIST_BYTES], stem[NAME_SIZE], wanted[NAME_SIZE];
    copy_stem(stem, name);
    (void)text_take(wanted, sizeof(wanted), stem);  // only for the capitals
    if (!boot_option("module_blacklist", list, sizeof(list))) {
        return false;
    }
    for (const char *at = list; *at != '\0';) {
        char word[NAME_SIZE];
        at = text_take(word, sizeof(word), at);
        cut_ending(word);  // people also write the name of the file
        if (text_equal(word, wanted)) {
            return true;
        }
    }
    return false;
}

void module_tell_blocked(const char *name)
{
    struct record record = {.kind = RECORD_MODULE_BLOCKED};
    char stem[NAME_SIZE];
    copy_stem(stem, name);
    text_copy(record.name, sizeof(record.name), name);
    console_log("Module %s is blacklisted", stem);
    beacon_report(&record);
}

void module_taint(const struct driver *driver)
{
    if (!boot_policy()->has_modules) {
        return;
    }
    if (!(taint_word() & TAINT_OUT_OF_TREE)) {
        char stem[NAME_SIZE];
        copy_stem(stem, driver->name);
        console_log("%s: loading out-of-tree module taints kernel.", stem);
    }
    taint_add(TAINT_OUT_OF_TREE);
}

// A module whose own thread is starting or ending is left alone, also by force: nobody
// could say which of its code still runs.
long module_check_unload(const struct driver *driver, uint32_t flags)
{
    bool is_stuck = driver->has_ended;  // not by itself: then it would be unloaded
    if (!is_stuck && (!driver->has_started || driver->is_leaving)) {
        return -ERROR_BUSY;
    }
    bool is_used = is_stuck || driver->callers > 0 || driver->is_abandoned;
    return is_used && !(flags & MODULE_FORCE) ? -ERROR_BUSY : 0;
}

void module_tell_refused(const char *name)
{
    const struct driver *driver = driver_loaded(name);
    struct record record = {.kind = RECORD_UNLOAD_REFUSED};
    if (driver != NULL) {
        record.unload_refused.users = driver->callers;
        record.unload_refused.dead = driver->dead_callers;
    }
    text_copy(record.name, sizeof(record.name), name);
    beacon_report(&record);
}

void module_tell_unloaded(const char *name, bool by_force)
{
    struct record record = {.kind = RECORD_MODULE_UNLOADED,
                            .module_unloaded.forced = by_force};
    text_copy(record.name, sizeof(record.name), name);
    console_log("%s: unloaded%s", name, by_force ? " by force" : "");
    beacon_report(&record);
}

static uint32_t state_of(const struct driver *driver)
{
    if (driver->has_ended) {
        return MODULE_STATE_STUCK;
    }
    if (!driver->has_started) {
        return MODULE_STATE_COMING;
    }
    return driver->is_leaving ? MODULE_STATE_GOING : MODULE_STATE_LIVE;
}

bool module_query(uint32_t index, bool shows_base, struct module_entry *entry)
{
    const struct driver *driver;
    for (unsigned i = 0; (driver = driver_at_index(i)) != NULL; i++) {
        if (driver->is_unloaded || index-- > 0) {
            continue;
        }
        *entry = (struct module_entry){
            .base = shows_base ? driver->base : 0,
            .size = driver->size,
            .users = driver->callers,
            .dead = driver->dead_callers,
            .state = state_of(driver),
            .dead_id = driver->dead_id,
        };
        text_copy(entry->name, sizeof(entry->name), driver->name);
        text_copy(entry->dead_name, sizeof(entry->dead_name), driver->dead_name);
        return true;
    }
    return false;
}
