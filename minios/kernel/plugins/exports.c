// The functions that a driver may call: minios/plugin.h, implemented for ring 0. (For
// ring 3 the same functions are in minios/user/extension/services.c.)
//
// The table at the end is the whole interface. A driver that uses another name is not
// loaded. But once its code runs, nothing can keep it from reading, writing or calling
// any address: it runs in ring 0, as the kernel does.
#include "plugins/exports.h"

#include "base/irql.h"
#include "base/policy.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "disk/files.h"
#include "events/client.h"
#include "interrupts/deferred.h"
#include "interrupts/interrupt.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/heap.h"
#include "plugins/driver.h"
#include "plugins/driver_calls.h"
#include "plugins/limits.h"
#include "plugins/reports.h"
#include "plugins/services.h"
#include "tasks/thread.h"
#include <minios/plugin.h>

#define LINE_BYTES 160

int plugin_ring(void)
{
    uint16_t cs;
    __asm__("movw %%cs, %0" : "=r"(cs));
    return cs & 3;
}

uint32_t plugin_process_id(void)
{
    return 0;
}

const char *plugin_model(void)
{
    return boot_policy()->name;
}

static const char *name_of(const struct driver *driver)
{
    return driver == NULL ? "driver" : driver->name;
}

void plugin_log(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    text_format_list(line, sizeof(line), format, arguments);
    va_end(arguments);
    // By the caller's address: a deferred call does not run on the driver's thread.
    const struct driver *driver =
        driver_at_address((uint64_t)__builtin_return_address(0));
    console_log("%s: %s", name_of(driver), line);
}

int plugin_subscribe(const uint32_t *types, size_t count)
{
    struct driver *driver = driver_of_current_thread();
    struct event_set wanted;
    if (driver == NULL) {
        return -ERROR_NOT_PERMITTED;
    }
    long error = event_set_make(&wanted, types, count);
    if (error < 0) {
        return (int)error;
    }
    uint32_t refused = RIGHT_EVENTS & ~driver->manifest.rights;
    refused |= event_set_includes(&driver->manifest.events, &wanted) ? 0 : LIMIT_EVENTS;
    if (refused != 0) {
        limits_tell(driver->name, refused, &driver->told);
        return -ERROR_NOT_ENTITLED;
    }
    error = driver_subscribe(driver, &wanted);
    if (error == -ERROR_NO_SLOT) {
        limits_tell(driver->name, LIMIT_SLOT, &driver->told);
    }
    return (int)error;
}

// Called at IRQL_HIGH, until the client is used: somebody may be unloading the driver.
static struct event_client *own_client(void)
{
    const struct driver *driver = driver_of_current_thread();
    return driver == NULL ? NULL : port_client(driver->port);
}

int plugin_mute(const struct event_mute *mute, bool listed)
{
    struct event_mute copy =
        *mute;  // a bad pointer faults here, at the driver's own level
    enum irql old = irql_raise(IRQL_HIGH);
    struct event_client *client = own_client();
    long error = client == NULL ? -ERROR_NOT_FOUND : event_mute(client, &copy, listed);
    irql_lower(old);
    return (int)error;
}

int plugin_event_setting(uint32_t setting, uint64_t value)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct event_client *client = own_client();
    long error =
        client == NULL ? -ERROR_NOT_FOUND : event_set_setting(client, setting, value);
    irql_lower(old);
    return (int)error;
}

static void report_for(struct driver *driver, struct record *record)
{
    if (driver != NULL && report_is_for_driver(record, driver)) {
        beacon_report(record);
        if (record->kind == RECORD_SENSOR_UP) {
            services_note_sensor(driver->name, 0);
        }
    } else {
        if (driver != NULL) {
            limits_tell(driver->name, RIGHT_REPORT & ~driver->manifest.rights,
                        &driver->told);
        }
        console_log("%s: may not report a record of kind %u", name_of(driver),
                    record->kind);
    }
}

// The two below find the driver by the caller's address, as plugin_log does.

void plugin_report(const struct record *record)
{
    struct record copy = *record;
    report_for(driver_at_address((uint64_t)__builtin_return_address(0)), &copy);
}

void plugin_report_value(const char *what, uint64_t value)
{
    struct record record = {.kind = RECORD_VALUE, .value = {.value = value, .ring = 0}};
    text_copy(record.text, sizeof(record.text), what);
    report_for(driver_at_address((uint64_t)__builtin_return_address(0)), &record);
}

// A row: the name in plugin.h, and which function of the kernel is called by it. It must
// have the type that plugin.h says.
#define EXPORT_AS(name, function) \
    {#name, _Generic(function, __typeof__(&name): (uint64_t)function)}
#define EXPORT(function) EXPORT_AS(function, function)
static const struct {
    const char *name;
    uint64_t address;
} exports[] = {
    EXPORT(plugin_ring),
    EXPORT(plugin_process_id),
    EXPORT(plugin_model),
    EXPORT(plugin_log),
    EXPORT_AS(plugin_format, text_format),
    EXPORT_AS(plugin_read_file, files_read_start),
    EXPORT_AS(plugin_allocate, heap_allocate),
    EXPORT_AS(plugin_free, heap_free),
    EXPORT(plugin_subscribe),
    EXPORT(plugin_mute),
    EXPORT(plugin_event_setting),
    EXPORT(plugin_report),
    EXPORT(plugin_report_value),
    EXPORT_AS(plugin_clock, thread_clock),
    EXPORT_AS(plugin_sleep, thread_sleep),
    EXPORT_AS(plugin_defer, deferred_queue),
    EXPORT_AS(plugin_connect_interrupt, interrupt_connect),
    EXPORT_AS(plugin_disconnect_interrupt, interrupt_disconnect),
    EXPORT(memcpy),
    EXPORT(memmove),
    EXPORT(memset),
    EXPORT(memcmp),
    EXPORT(strlen),
};

uint64_t export_find(const char *name)
{
    for (unsigned i = 0; i < COUNT(exports); i++) {
        if (text_equal(exports[i].name, name)) {
            return exports[i].address;
        }
    }
    return 0;
}
