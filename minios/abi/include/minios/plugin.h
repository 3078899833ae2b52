// The plugin SDK: everything that a plugin may use, in ring 0 and in ring 3 alike.
// SPDX-License-Identifier: MIT
//
// A plugin is a folder with a plugin.toml and C sources that include this header and
// nothing else of minios. The same sources are built twice:
//
//   NAME.SYS  a driver: loaded into the kernel's half, runs in ring 0 on a thread of
//             the System process; the functions below are kernel functions.
//   NAME.EXT  an extension: a process of its own in ring 3; the functions below are
//             library functions that make system calls.
//
// The plugin cannot tell the two apart but by plugin_ring(). It defines one object:
//
//   const struct plugin plugin = { .name = "sentinel", .start = ..., ... };
//
// and is called on one thread, one call at a time: start once, then events and messages
// in the order in which they came. It has one inbox, a port of the plugin's own name.
#ifndef MINIOS_PLUGIN_H
#define MINIOS_PLUGIN_H

#include <minios/abi.h>
#include <stdbool.h>

struct plugin {
    const char *name;

    // Called first. Returns 0, or a negated ERROR_ to refuse to run.
    int (*start)(void);

    // A security event that the plugin has subscribed to.
    void (*event)(const struct event *event);

    // A message. If it is a call (call_id is not 0), what is in `answer` on return goes
    // back to the caller.
    void (*message)(const struct message *message, struct message *answer);

    // A request of a program, served on that program's thread and in its address space:
    // `pointer` is the program's, and nobody has looked at it. Ring 0 only; an extension
    // has an address space of its own. What it returns goes back to the program.
    long (*control)(uint64_t request, uint64_t pointer);

    // Called last, before a driver is unloaded. Whatever could still call it must be
    // gone when this returns. An extension is just ended.
    void (*stop)(void);
};

extern const struct plugin plugin;

// The ring that this code runs in, read from the CPU: 0 or 3.
int plugin_ring(void);

// The name of the model that the machine was booted as, "windows" or "macos".
const char *plugin_model(void);

// One line on the console, the plugin's name before it. %s %u %x %d %lu %lx.
void plugin_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Like snprintf: writes at most `size` bytes with the NUL, returns the full length.
int plugin_format(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Reads a whole file. Returns its size in bytes, also when that is more than
// `capacity` (then only `capacity` bytes are written), or a negated ERROR_.
[[gnu::warn_unused_result]] long plugin_read_file(const char *path, void *buffer,
                                                  size_t capacity);

// Zeroed memory, or NULL. Blocks stay where they are until freed.
[[gnu::warn_unused_result]] void *plugin_allocate(size_t size);
void plugin_free(void *block);

// Asks for events whose bit (1 << EVENT_...) is in the mask. Returns 0 or -ERROR_:
// -ERROR_NOT_PERMITTED unless plugin.toml names the right EVENTS and all these events.
[[gnu::warn_unused_result]] int plugin_subscribe(uint64_t mask);

// Tells the world outside the machine what happened: RECORD_SENSOR_UP, RECORD_DETECTION,
// under the plugin's own name. The kernel drops it unless plugin.toml names the right
// REPORT. Other records are not for plugins to say (minios/abi/records.py).
void plugin_report(const struct record *record);

// Nanoseconds since boot.
uint64_t plugin_clock(void);

// Calls a function once, after that time. In ring 0 it runs at IRQL_DISPATCH, on the
// stack of whatever thread was interrupted, and must neither wait nor touch memory that
// could be absent; in ring 3 between two messages. Calls that always ask for another one
// without a pause stop the machine in the end (0x133). Returns 0 or -ERROR_NO_MEMORY.
[[gnu::warn_unused_result]] long plugin_defer(void (*function)(void *), void *argument,
                                              uint64_t nanoseconds);

// Connects a routine to an interrupt line of the board (IRQ_...): it is called whenever
// that line interrupts, after the kernel's own service, until it is disconnected with the
// same arguments. It runs at the IRQL of that line (3 to 12, the timer 13), on the stack
// of whatever was interrupted and with interrupts off: nothing else runs until it
// returns, not even the clock. So it must be short, and what is forbidden in a deferred
// call is forbidden here; it may ask for one. Nobody disconnects a driver that is
// unloaded; its stop function must. Returns 0, -ERROR_BAD_ARGUMENT (no such line),
// -ERROR_NO_MEMORY (no place is free), -ERROR_NOT_FOUND (not connected). In ring 3 both
// are -ERROR_NOT_PERMITTED: interrupts belong to ring 0, and a process has none.
[[gnu::warn_unused_result]] long
plugin_connect_interrupt(unsigned irq, void (*routine)(void *), void *argument);
[[gnu::warn_unused_result]] long
plugin_disconnect_interrupt(unsigned irq, void (*routine)(void *), void *argument);

// Gives up at once, because going on would be worse (FAIL_FAST_). The CPU decides what
// that costs: in ring 3 the process, in ring 0 the machine.
[[noreturn]] static inline void plugin_fail_fast(uint64_t reason)
{
    __asm__ volatile("int %0" : : "i"(FAIL_FAST_VECTOR), "c"(reason));
    __builtin_unreachable();
}

// Freestanding C needs these four; the compiler may call them by itself.
void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *destination, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);

#endif
