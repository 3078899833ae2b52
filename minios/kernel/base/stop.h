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
    const struct bug *bug;          // the kernel's own check that has failed, or NULL
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

// Stops the machine because the kernel cannot do what it has to.
[[noreturn]] void stop_panic(const char *why);

// A check in the kernel's own code that fails is an invalid instruction, `ud2`, and a row
// of a table says which check stands there. Linux does the same. So it is a fault as any
// other: the CPU saves all registers, and the policy says what follows
// (traps/consequence.c).
struct bug {
    uint64_t address;  // of the instruction
    const char *file;
    const char *text;
    uint64_t line;
};

// The check at an address, NULL if there is none.
[[nodiscard]] const struct bug *bug_at(uint64_t address);

#ifndef KERNEL_BUG  // a library of the host has a way of its own
#define KERNEL_BUG(text) \
    do { \
        __asm__ volatile("1: ud2\n\t" \
                         ".pushsection .bugs, \"a\"\n\t" \
                         ".quad 1b, %c0, %c1, %c2\n\t" \
                         ".popsection" \
                         : \
                         : "i"(__FILE__), "i"(text), "i"(__LINE__)); \
        __builtin_unreachable(); \
    } while (0)
#endif

#define KERNEL_ASSERT(condition) \
    do { \
        if (!(condition)) { \
            KERNEL_BUG("assertion failed: " #condition); \
        } \
    } while (0)
