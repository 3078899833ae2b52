// Stopping the machine: how any code of the kernel says that it cannot go on.
//
// What has to be done then (the blue screen, the dump, the reset) is the work of
// traps/bugcheck.c, and needs nearly every part of the kernel. Those parts need to be
// able to stop the machine, too. If they called bugcheck.c by its name, the kernel would
// be one circle. So they call this file, which knows nobody. kernel_main tells it once
// whom to call.
#pragma once

#include "arch/trapframe.h"
#include <minios/abi.h>
#include <stdbool.h>

struct stop {
    uint64_t code;                  // STOP_
    uint64_t parameters[4];         // their meaning depends on the code
    const struct trapframe *frame;  // what was interrupted, or NULL
    const char *blamed;             // who is at fault; NULL: diagnosis.c finds it
    uint64_t suspect;               // whose address this is, is at fault; 0: not known
    const char *why;                // a line for the console, or NULL
    uint32_t exit_code;             // of a process that died, as Linux has it
};

typedef void stop_function(const struct stop *stop) __attribute__((noreturn));
extern stop_function *stop_handler;  // read by stop_machine alone

// Called once, at the very start.
void stop_register(stop_function *handler);

// Says why on the console and on the screen, writes the dump, and resets the machine.
// Inline, so that the caller of the handler is the code that had to stop: a stack trace
// begins there.
[[noreturn]] static inline void stop_machine(const struct stop *stop)
{
    stop_handler(stop);
}

// Stops the machine because a check in the kernel's own code has failed.
[[noreturn]] void stop_panic(const char *why);

#define KERNEL_ASSERT(condition) \
    do { \
        if (!(condition)) { \
            stop_panic("assertion failed: " #condition); \
        } \
    } while (0)
