// The plugin SDK: everything that a plugin may use, in ring 0 and in ring 3 alike.
// SPDX-License-Identifier: MIT
//
// A plugin is a folder with a plugin.toml and C sources. They include this header and
// nothing else of minios. The same sources are built twice:
//
//   NAME.SYS  a driver: it is loaded into the kernel's half of memory, and runs in ring
//             0 on a thread of the System process. The functions below are functions of
//             the kernel (minios/kernel/plugins/exports.c).
//   NAME.EXT  an extension: a process of its own in ring 3. The functions below are
//             library functions that make system calls
//             (minios/user/extension/services.c).
//   NAME.DRV  a user driver: an extension that may also use the ports and interrupt
//             lines of the device that plugin.toml names.
//
// Only plugin_ring() tells the plugin what it is. It defines one object:
//
//   const struct plugin plugin = { .name = "sentinel", .start = ..., ... };
//
// Its functions are called one at a time: first start, then event, authorize and
// message, in the order in which events and messages arrive. So a plugin needs no
// locks. (In ring 0 interrupt routines and deferred calls may come in between.) It has one
// inbox, a port with the name of its file: counter.sys, counter.ext, lamps.drv.
#ifndef MINIOS_PLUGIN_H
#define MINIOS_PLUGIN_H

#include <minios/abi.h>
#include <stdbool.h>

struct plugin {
    // The name that plugin.toml has, too.
    const char *name;

    // Called first. Returns 0, or a negated ERROR_ to refuse to run.
    int (*start)(void);

    // Called for each security event to which the plugin has subscribed.
    void (*event)(const struct event *event);

    // Called for each AUTH event to which the plugin has subscribed, before it happens.
    // Somebody waits for the result, EVENT_VERDICT_ALLOW or EVENT_VERDICT_DENY; with
    // EVENT_VERDICT_KEEP added, the kernel may give the same answer again without
    // asking. In ring 3 the answer has to come before `event->deadline`. In ring 0 this
    // is called on the thread that wants to do something: it waits as long as it takes.
    uint32_t (*authorize)(const struct event *event);

    // Called for each message. If the sender waits for an answer (call_id is not 0), it
    // gets what is in `answer` when this function returns.
    void (*message)(const struct message *message, struct message *answer);

    // Called for a request of a program, on the thread of that program and in its
    // address space. `pointer` comes from the program, and nobody has checked it. The
    // result goes back to the program. Only in ring 0: an extension has an address
    // space of its own.
    long (*control)(uint64_t request, uint64_t pointer);

    // Called last, before a driver is unloaded. It must remove everything that could
    // still call into the driver: interrupt routines and deferred calls. An extension
    // is just ended.
    void (*stop)(void);
};

extern const struct plugin plugin;

// The ring that this code runs in, read from the CPU: 0 or 3.
int plugin_ring(void);

// The id of the process that the plugin is. 0 in ring 0: a driver is part of the kernel.
uint32_t plugin_process_id(void);

// The name of the model that the machine was booted as, "windows" or "macos".
const char *plugin_model(void);

// Prints one line on the console, after the plugin's name. Knows %s %u %x %d %lu %lx.
void plugin_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Like snprintf: writes at most `size` bytes, the NUL included. Returns the full
// length.
int plugin_format(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Reads a whole file. Returns its size in bytes, or a negated ERROR_. If the size is
// more than `capacity`, only the first `capacity` bytes are in the buffer.
//
// In ring 3 it opens the file like any program. So there are security events, and who
// subscribes to AUTH_OPEN is asked: also the plugin itself, which cannot answer while it
// waits. Mute your own program before you read files. In ring 0 nobody is asked or told.
[[gnu::warn_unused_result]] long plugin_read_file(const char *path, void *buffer,
                                                  size_t capacity);

// A block of memory filled with zeros, or NULL. A block is never moved.
[[gnu::warn_unused_result]] void *plugin_allocate(size_t size);
void plugin_free(void *block);

// Subscribes to security events: `types` are `count` numbers EVENT_... The plugin keeps
// those to which it has subscribed before. Returns 0 or -ERROR_: -ERROR_NOT_ENTITLED
// unless plugin.toml names the right EVENTS and all these events, -ERROR_NOT_PERMITTED
// unless the service list grants an extension this right, -ERROR_NOT_APPROVED unless the
// user has approved it, -ERROR_NO_SLOT if there are too many clients, or of its process, and
// -ERROR_BAD_ARGUMENT if there is no such type, or if `count` is more than there are types.
//
// In a model whose kernel gives no events to ring 3, an extension gets them from eBPF
// programs, if a loaded object collects all of these types: each of its programs copies
// the event (struct event) into the object's ring buffer, the map "events". There the
// extension cannot be asked, so nothing is denied. Otherwise -ERROR_REFUSED.
[[gnu::warn_unused_result]] int plugin_subscribe(const uint32_t *types, size_t count);

// Hides security events from the plugin (`listed`), or shows them again: those that one
// process causes, or one program, or that are about a path. Returns 0, or -ERROR_:
// -ERROR_NO_MEMORY if the list is full, -ERROR_NOT_FOUND if this is not on the list, or if
// the plugin has subscribed to nothing. Of events from a ring buffer only those of a process
// can be hidden: otherwise -ERROR_NOT_IMPLEMENTED.
[[gnu::warn_unused_result]] int plugin_mute(const struct event_mute *mute, bool listed);

// Changes an EVENT_SETTING_ of the plugin: how much time it has for a verdict, what
// follows if it gives none, and how its lists of muted events are read. A driver has no
// deadline. Returns 0, or -ERROR_BAD_ARGUMENT: a deadline can only be made shorter.
[[gnu::warn_unused_result]] int plugin_event_setting(uint32_t setting, uint64_t value);

// Tells the world outside the machine what happened: RECORD_SENSOR_UP,
// RECORD_DETECTION or RECORD_VALUE, with the plugin's own name. The kernel drops the
// record unless plugin.toml names the right REPORT. After RECORD_SENSOR_UP, a plugin may
// also send RECORD_CONTENT_LOADED and RECORD_CONTENT_REFUSED. It may not send other
// records (minios/abi/events.py).
void plugin_report(const struct record *record);

// Tells the world outside a number, in a RECORD_VALUE: how many events the plugin has
// seen, for example. `what` says what the number is. At most 63 characters of it
// arrive. A test of the plugin waits for this record. Like plugin_report, it needs the
// right REPORT.
void plugin_report_value(const char *what, uint64_t value);

// Nanoseconds since boot.
uint64_t plugin_clock(void);

// Waits that long (UINT64_MAX: for ever), and lets others run meanwhile. In ring 0 the
// thread that waits is the one that called the plugin: in `authorize`, that of the
// program that asks. It goes on early if this program is being ended. Not for an
// interrupt routine or a deferred call of ring 0: there a wait stops the machine.
void plugin_sleep(uint64_t nanoseconds);

// Calls a function once, after that time. In ring 3 it runs between two messages. In
// ring 0 it is a deferred call: it runs at IRQL_DISPATCH (minios/kernel/base/irql.h),
// on the stack of whatever thread was interrupted. It must not wait there, and must not
// touch memory that may have no page. Calls that always ask for another one without a
// pause stop the machine in the end (0x133). Returns 0 or -ERROR_NO_MEMORY.
[[gnu::warn_unused_result]] long plugin_defer(void (*function)(void *), void *argument,
                                              uint64_t nanoseconds);

// Connects a routine to an interrupt line of the board (IRQ_...). It is called at each
// interrupt of the line, after the kernel's own driver, until it is disconnected with
// the same arguments. It runs at the IRQL of the line (3 to 12, the timer 13), on the
// stack of whatever was interrupted, and with interrupts off. Nothing else runs until
// it returns, not even the clock. So it must be short. What is forbidden in a deferred
// call is forbidden here, too; longer work belongs into a deferred call. The kernel
// does not disconnect the routines of a driver that is unloaded: its stop function must
// do it.
//
// In ring 3 only a user driver can connect one, to a line that its plugin.toml names. The
// kernel masks the line and sends a message; the routine is called between two messages,
// as everything else. When it has returned, the line may interrupt again.
//
// Returns 0, -ERROR_BAD_ARGUMENT (no such line), -ERROR_NO_MEMORY (no place is free) or
// -ERROR_NOT_FOUND (not connected). In ring 3 also -ERROR_NOT_PERMITTED (this line is not
// granted).
[[gnu::warn_unused_result]] long
plugin_connect_interrupt(unsigned irq, void (*routine)(void *), void *argument);
[[gnu::warn_unused_result]] long
plugin_disconnect_interrupt(unsigned irq, void (*routine)(void *), void *argument);

// Reads or writes a register of a device, one byte at an I/O port. Ring 0 may use every
// port. In ring 3 the CPU allows the ports of plugin.toml to a user driver. At any other
// port it raises #GP, and the process ends.
static inline uint8_t plugin_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %w1, %b0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void plugin_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

// Ends at once, because the code has found that it is damaged (FAIL_FAST_). What ends
// depends on the ring: in ring 3 the process, in ring 0 the machine. Windows calls this
// __fastfail.
[[noreturn]] static inline void plugin_fail_fast(uint64_t reason)
{
    __asm__ volatile("int %0" : : "i"(FAIL_FAST_VECTOR), "c"(reason));
    __builtin_unreachable();
}

// The compiler may generate calls to the first four by itself, so they must exist.
void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *destination, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);

#endif
