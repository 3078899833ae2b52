// Drivers: how code of third parties becomes a part of ring 0, and how it leaves.
//
// driver_load places the file in memory (object.c) and gives the driver a thread. On
// this thread runs its start function. Then the thread waits for messages and security
// events, and passes each to the driver, for ever or until the driver is unloaded.
//
// Unloading is dangerous. The kernel waits until none of the driver's functions that it
// has called itself is running. But it cannot know which pointers into the driver's
// code exist elsewhere. If somebody follows one after the unloading, the machine stops
// with 0xCE.
//
#include "plugins/driver_load.h"

#include "base/irql.h"
#include "base/policy.h"
#include "base/taint.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "disk/files.h"
#include "events/event.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/heap.h"
#include "plugins/approvals.h"
#include "plugins/device.h"
#include "plugins/driver.h"
#include "plugins/driver_calls.h"
#include "plugins/limits.h"
#include "plugins/modules.h"
#include "plugins/object.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include <minios/plugin.h>

static struct mutex placing;  // one driver at a time is put into the table

// Makes the driver's port and calls its start function. The port is made on the
// driver's own thread, so that System owns it, because only the owner of a port may
// answer calls. The thread has a reference of its own: it uses the port until it ends.
static long start(struct driver *driver)
{
    long result = port_create(driver->name, &driver->port);
    if (result == 0) {
        port_retain(driver->port);
    }
    if (result == 0 && driver->plugin->start != NULL) {
        thread_note_call((uint64_t)driver->plugin->start);
        result = driver->plugin->start();
        thread_note_call(0);
    }
    return result > 0 ? -ERROR_BAD_ARGUMENT : result;
}
// [serve]
static void serve(struct driver *driver)
{
    struct message message;
    while (port_receive(driver->port, &message, FOREVER) == 0) {
        if (message.type == MESSAGE_EVENT && message.sender == 0) {
            driver_hear(driver, (const struct event *)message.body);
        } else {
            driver_answer(driver, &message);
        }
    }
    if (driver->plugin->stop != NULL) {
        thread_note_call((uint64_t)driver->plugin->stop);
        driver->plugin->stop();
        thread_note_call(0);
    }
}
// [/serve]
static void note(struct driver *driver, bool *what)
{
    enum irql old = irql_raise(IRQL_HIGH);
    *what = true;
    if (driver->has_ended) {
        driver->thread = NULL;  // soon this memory may belong to another thread
    }
    thread_wake_all(&driver_changed);
    irql_lower(old);
}

// Notes that a task of others is being ended in the driver's code. Its count stays.
static void note_dead_caller(struct driver *driver)
{
    const struct process *process = process_current();
    if (driver->thread == thread_current() || process == NULL) {
        return;
    }
    driver->dead_callers++;
    driver->dead_id = process->id;
    text_copy(driver->dead_name, sizeof(driver->dead_name), process->name);
}

void driver_keep(uint64_t address)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct driver *driver = driver_at_address(address);
    if (driver != NULL) {
        if (driver->inside == thread_current() && boot_policy()->hooks_on_caller) {
            driver->inside =
                NULL;  // Linux calls hooks without a turn of its own to wait for
        } else {
            driver->is_stuck |= driver->inside == thread_current();
        }
        note_dead_caller(driver);
        note(driver, &driver->is_abandoned);
    }
    irql_lower(old);
}

// Closes the driver's port, if nobody else has. Then port_receive returns an error to
// the driver's thread, and the thread ends.
static void close(struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    if (!driver->is_leaving && driver->port != NULL) {
        port_close(driver->port);
    }
    driver->is_leaving = true;
    irql_lower(old);
}

void driver_abandon(struct driver *driver, bool closes)
{
    driver_keep(driver->base);
    if (closes) {
        close(driver);
    }
    note(driver, &driver->has_ended);
    thread_exit();
}

// What the thread of a driver does, from the start to the end. One thread, so the
// driver's start, event and message functions never run at the same time.
static void driver_thread(void *argument)
{
    struct driver *driver = argument;
    driver->start_result = start(driver);
    note(driver, &driver->has_started);
    if (driver->start_result == 0) {
        serve(driver);
    }
    close(driver);
    if (driver->port != NULL) {
        port_release(driver->port);
    }
    note(driver, &driver->has_ended);
}

static void report(const struct driver *driver)
{
    struct record record = {
        .kind = RECORD_MODULE_LOADED,
        .module_loaded = {.base = driver->base, .size = driver->size},
    };
    text_copy(record.name, sizeof(record.name), driver->name);
    beacon_report(&record);
}

// Tells that a later system will not load such a driver any more.
static void warn(const struct driver *driver)
{
    if (policy_takes(SERVICE_DRIVER) || !policy_kexts()->warns) {
        return;
    }
    struct record record = {.kind = RECORD_KEXT_WARNED};
    text_copy(record.name, sizeof(record.name), driver->name);
    beacon_report(&record);
    console_log("%s: a later system will not load it: ask its maker for an extension",
                driver->name);
}

static void take_away(struct driver *driver)
{
    object_remove(driver->base, driver->size);
    heap_free(driver->names);
    driver->names = NULL;
}

// Takes away the driver's pages. From then on its entry may be used again.
static void leave(struct driver *driver)
{
    take_away(driver);
    driver->is_unloaded = true;
}

static bool is_left(const struct driver *driver)
{
    return driver->has_ended && (driver->callers == 0 || driver->is_abandoned);
}

// Waits until the driver's code runs neither on its own thread nor, in a control request
// or for a verdict, on the thread of a caller. False: the waiting thread was killed.
static bool wait_for_end(const struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    while (!is_left(driver) && thread_wait(&driver_changed, FOREVER)) {
        // something else has changed
    }
    bool left = is_left(driver);
    irql_lower(old);
    return left;
}

static long run(struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct thread *thread = thread_create(driver_thread, driver);
    driver->thread = thread;
    driver->has_ended = thread == NULL;
    while (!driver->has_ended && !driver->has_started &&
           thread_wait(&driver_changed, FOREVER)) {
        // false: the thread that asked for the driver is being killed
    }
    bool has_started = driver->has_started;
    irql_lower(old);
    if (!has_started) {
        return thread == NULL ? -ERROR_NO_MEMORY : -ERROR_CLOSED;
    }
    return driver->start_result;
}

// Puts a driver into memory and into the table. The caller holds `placing`: otherwise
// two threads could load the same driver at the same time, and both would succeed.
static long place(const char *path, const char *name, void *bytes, size_t size,
                  struct driver **driver)
{
    if (driver_is_present(name) ||
        (boot_policy()->has_modules && driver_loaded(name) != NULL)) {
        return -ERROR_EXISTS;
    }
    struct driver *before = driver_left_open(name);
    if (before != NULL) {
        close(before);  // the new one needs the name of the port
    }
    if (!policy_takes(SERVICE_DRIVER)) {
        long error = approvals_check(0, path, bytes, size);
        if (error < 0) {
            return error;
        }
    }
    // Before object_place, which changes the bytes.
    const struct plugin_manifest *only = limits_find(bytes, size);
    struct plugin_manifest shown = only == NULL ? (struct plugin_manifest){0} : *only;
    struct driver entry = {0};
    if (!object_place(bytes, size, &entry)) {
        return -ERROR_BAD_IMAGE;
    }
    if (!limits_allow(&entry.manifest, SERVICE_DRIVER)) {
        limits_tell(name, LIMIT_KIND, &entry.told);
        take_away(&entry);
        return -ERROR_NOT_PERMITTED;
    }
    if (memcmp(&shown, &entry.manifest, sizeof(shown)) != 0) {
        take_away(&entry);
        return -ERROR_BAD_IMAGE;
    }
    text_copy(entry.name, sizeof(entry.name), name);
    text_path(entry.path, sizeof(entry.path), path);
    enum irql old = irql_raise(IRQL_HIGH);
    long error = device_check(&entry.manifest.device);
    *driver = error < 0 ? NULL : driver_enter(&entry);
    irql_lower(old);
    if (*driver == NULL) {
        take_away(&entry);
        return error < 0 ? error : -ERROR_NO_MEMORY;
    }
    return 0;
}

static void tell(uint32_t type, const struct driver *driver)
{
    struct event event = {
        .type = type,
        .kext = {.base = driver->base, .size = driver->size},
    };
    text_copy(event.kext.name, sizeof(event.kext.name), driver->name);
    text_copy(event.kext.path, sizeof(event.kext.path), driver->path);
    event_post(&event);
}

// Asks before a byte of the driver is in its place: later nobody could forbid it anything.
static long ask(const char *path, const char *name)
{
    struct event event = {.type = EVENT_AUTH_KEXTLOAD};
    text_copy(event.kext.name, sizeof(event.kext.name), name);
    text_path(event.kext.path, sizeof(event.kext.path), path);
    return event_ask(&event);
}

long driver_load(const char *path)
{
    if (!policy_takes(SERVICE_DRIVER) && !policy_kexts()->operator_approves) {
        return -ERROR_REFUSED;
    }
    char name[NAME_SIZE];
    struct driver *driver;
    text_file_name(name, sizeof(name), path);
    if (module_is_blocked(name)) {
        module_tell_blocked(name);
        return -ERROR_REFUSED;
    }
    // Before somebody is asked. The file may be another one when the verdict has come.
    void *bytes;
    long size = files_read_whole(path, &bytes);
    if (size < 0) {
        return size;
    }
    long result = ask(path, name);
    if (result == 0) {
        mutex_lock(&placing);
        result = place(path, name, bytes, (size_t)size, &driver);
        mutex_unlock(&placing);
    }
    heap_free(bytes);
    if (result < 0) {
        return result;
    }
    module_taint(driver);
    console_log("%s: loaded at 0x%lx, ring 0", driver->name, driver->base);
    report(driver);
    warn(driver);
    result = run(driver);
    if (result < 0 && !driver->is_abandoned &&
        (driver->has_started || driver->has_ended) && wait_for_end(driver)) {
        leave(driver);
    }
    if (result == 0) {
        tell(EVENT_NOTIFY_KEXTLOAD, driver);
    }
    return result;
}

// ---- Unloading.

// Waits until the driver's own thread will not run its code again. Those who are in its code
// on threads of others are not waited for.
static bool wait_for_thread(const struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    while (!driver->has_ended && thread_wait(&driver_changed, FOREVER)) {
        // something else has changed
    }
    bool ended = driver->has_ended;
    irql_lower(old);
    return ended;
}

// Linux does not wait for those who are in the code of a module: it refuses, or it is forced
// and takes the code away under them (modules.c).
long driver_unload_module(const char *name, uint32_t flags)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct driver *driver = driver_loaded(name);
    long error = driver == NULL ? -ERROR_NOT_FOUND : module_check_unload(driver, flags);
    bool by_force = error == 0 && module_check_unload(driver, 0) < 0;
    if (error == 0) {
        driver->is_stuck |= by_force;  // nobody waits any more for a turn in its code
        close(driver);
        thread_wake_all(&driver_changed);
    }
    irql_lower(old);
    if (error == -ERROR_BUSY) {
        module_tell_refused(name);
    }
    if (error < 0) {
        return error;
    }
    if (by_force) {
        taint_add(TAINT_FORCED_REMOVAL);
    }
    if (!wait_for_thread(driver)) {
        return -ERROR_CLOSED;
    }
    tell(EVENT_NOTIFY_KEXTUNLOAD, driver);
    leave(driver);
    module_tell_unloaded(name, by_force);
    return 0;
}

long driver_unload(const char *name)
{
    if (boot_policy()->has_modules) {
        return driver_unload_module(name, 0);
    }
    enum irql old = irql_raise(IRQL_HIGH);
    struct driver *driver = driver_running(name);
    if (driver != NULL) {
        close(driver);  // a second caller does not find it any more
    }
    irql_lower(old);
    if (driver == NULL) {
        return -ERROR_NOT_FOUND;
    }
    if (!wait_for_end(driver) || driver->is_abandoned) {
        return -ERROR_CLOSED;
    }
    tell(EVENT_NOTIFY_KEXTUNLOAD, driver);
    leave(driver);
    module_tell_unloaded(name, false);
    return 0;
}

// Finds the driver for a request, and counts the request. As long as the count is not
// 0, the driver's pages are not taken away.
static struct driver *control_begin(const char *name)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct driver *driver = driver_of_plugin(name);
    if (driver != NULL && driver->plugin->control == NULL) {
        driver = NULL;
    }
    if (driver != NULL) {
        driver->callers++;
    }
    irql_lower(old);
    return driver;
}

static void control_end(struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    driver->callers--;
    thread_wake_all(&driver_changed);
    irql_lower(old);
}

long driver_control(const char *name, uint64_t request, uint64_t pointer)
{
    struct driver *driver = control_begin(name);
    if (driver == NULL) {
        return -ERROR_NOT_FOUND;
    }
    thread_note_call((uint64_t)driver->plugin->control);
    long result = driver->plugin->control(request, pointer);
    thread_note_call(0);
    control_end(driver);
    return result;
}
