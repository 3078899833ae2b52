// The functions of plugin.h for an extension in ring 3: each is a system call, or uses
// the program's own heap. For ring 0 the same functions are in
// kernel/plugins/exports.c.
#include <minios/plugin.h>
#include <stdarg.h>

#include "console.h"
#include "extension.h"
#include "file.h"
#include "format.h"
#include "memory.h"
#include "string.h"
#include "system.h"

int plugin_ring(void)
{
    uint16_t cs;
    __asm__("movw %%cs, %0" : "=r"(cs));
    return cs & 3;  // the current ring (Intel SDM vol. 3A, "Privilege Levels")
}

uint32_t plugin_process_id(void)
{
    return (uint32_t)sys_process_id();
}

const char *plugin_model(void)
{
    static char model[NAME_SIZE];
    if (model[0] == '\0' && sys_boot_option("model", model, sizeof(model)) < 0) {
        (void)string_copy(model, sizeof(model), "windows");
    }
    return model;
}

void plugin_log(const char *format, ...)
{
    char line[CONSOLE_LINE];
    va_list arguments;
    va_start(arguments, format);
    format_list(line, sizeof(line), format, arguments);
    va_end(arguments);
    say("%s%s: %s", plugin.name, plugin_ending, line);
}

int plugin_format(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = format_list(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

long plugin_read_file(const char *path, void *buffer, size_t capacity)
{
    return file_read(path, buffer, capacity);
}

void *plugin_allocate(size_t size)
{
    return memory_allocate(size);
}

void plugin_free(void *block)
{
    memory_free(block);
}

int plugin_subscribe(const uint32_t *types, size_t count)
{
    long error = sys_event_subscribe(extension_inbox(), types, count);
    if (error == -ERROR_REFUSED) {  // no events for ring 3, but perhaps a collector
        error = extension_subscribe_ring(types, count);
    }
    return (int)error;
}

int plugin_mute(const struct event_mute *mute, bool listed)
{
    return (int)(extension_has_ring()
                     ? extension_mute_ring(mute, listed)
                     : sys_event_mute(extension_inbox(), mute, listed));
}

int plugin_event_setting(uint32_t setting, uint64_t value)
{
    return (int)sys_event_setting(extension_inbox(), setting, value);
}

void plugin_report(const struct record *record)
{
    sys_report(record);
}

void plugin_report_value(const char *what, uint64_t value)
{
    struct record record = {.kind = RECORD_VALUE, .value = {.value = value, .ring = 3}};
    (void)string_copy(record.text, sizeof(record.text), what);
    sys_report(&record);
}

uint64_t plugin_clock(void)
{
    return (uint64_t)sys_clock();
}

void plugin_sleep(uint64_t nanoseconds)
{
    sys_sleep(nanoseconds);
}

// ---- Interrupts. Each is a message from the kernel, which has masked the line until it
// hears that the interrupt was served (kernel/plugins/device.c).

#define ROUTINES_LIMIT 4

static struct routine {
    void (*function)(void *);  // NULL: a free place
    void *argument;
    unsigned irq;
} routines[ROUTINES_LIMIT];

static struct routine *find_routine(const struct routine *wanted)
{
    for (unsigned i = 0; i < ROUTINES_LIMIT; i++) {
        struct routine *place = &routines[i];
        if (place->function == wanted->function &&
            place->argument == wanted->argument && place->irq == wanted->irq) {
            return place;
        }
    }
    return NULL;
}

static bool has_routine(unsigned irq)
{
    for (unsigned i = 0; i < ROUTINES_LIMIT; i++) {
        if (routines[i].function != NULL && routines[i].irq == irq) {
            return true;
        }
    }
    return false;
}

long plugin_connect_interrupt(unsigned irq, void (*routine)(void *), void *argument)
{
    struct routine *place = find_routine(&(struct routine){0});
    if (routine == NULL || place == NULL) {
        return routine == NULL ? -ERROR_BAD_ARGUMENT : -ERROR_NO_MEMORY;
    }
    long error = has_routine(irq) ? 0 : sys_interrupt_connect(extension_inbox(), irq);
    if (error == 0) {
        *place = (struct routine){routine, argument, irq};
    }
    return error;
}

long plugin_disconnect_interrupt(unsigned irq, void (*routine)(void *), void *argument)
{
    if (routine == NULL) {
        return -ERROR_BAD_ARGUMENT;
    }
    struct routine *place = find_routine(&(struct routine){routine, argument, irq});
    if (place == NULL) {
        return -ERROR_NOT_FOUND;
    }
    *place = (struct routine){0};
    return has_routine(irq) ? 0 : sys_interrupt_disconnect(irq);
}

void extension_serve_interrupt(uint32_t irq)
{
    for (unsigned i = 0; i < ROUTINES_LIMIT; i++) {
        if (routines[i].function != NULL && routines[i].irq == irq) {
            routines[i].function(routines[i].argument);
        }
    }
    (void)sys_interrupt_done(irq);  // an error if a routine has disconnected the line
}

// ---- Callbacks for later. There is one thread, so they run between two messages.

#define CALLS_LIMIT 16

static struct {
    void (*function)(void *);
    void *argument;
    uint64_t due;  // nanoseconds since boot
} calls[CALLS_LIMIT];
static unsigned call_count;

long plugin_defer(void (*function)(void *), void *argument, uint64_t nanoseconds)
{
    if (call_count == CALLS_LIMIT) {
        return -ERROR_NO_MEMORY;
    }
    calls[call_count].function = function;
    calls[call_count].argument = argument;
    calls[call_count].due = plugin_clock() + nanoseconds;
    call_count++;
    return 0;
}

uint64_t extension_run_deferred(void)
{
    uint64_t wait = FOR_EVER;
    for (unsigned i = 0; i < call_count; i++) {
        uint64_t now = plugin_clock();
        if (calls[i].due > now) {
            uint64_t left = calls[i].due - now;
            wait = left < wait ? left : wait;
            continue;
        }
        void (*function)(void *) = calls[i].function;
        void *argument = calls[i].argument;
        calls[i--] = calls[--call_count];
        function(argument);
        wait = 0;  // the callback may have asked for another one
    }
    return wait;
}
