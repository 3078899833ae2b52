// Bug check: the kernel cannot go on, so it stops the whole machine. "Bug check" is
// Windows' word for what people call a blue screen; Linux says "panic".
#ifndef TRAPS_BUGCHECK_H
#define TRAPS_BUGCHECK_H

#include "arch/trapframe.h"
#include <minios/abi.h>
#include <stdbool.h>

struct stop {
    uint64_t code;                  // STOP_
    uint64_t parameters[4];         // their meaning depends on the code
    const struct trapframe *frame;  // what was interrupted, or NULL
    const char *blamed;             // who is at fault; NULL: found on the stack
};

// Says why on the console and on the screen, writes the dump, and resets the machine.
[[noreturn]] void bugcheck(const struct stop *stop);

// Stops the machine because a check in the kernel's own code has failed.
[[noreturn]] void bugcheck_panic(const char *why);

#define KERNEL_ASSERT(condition) \
    do { \
        if (!(condition)) { \
            bugcheck_panic("assertion failed: " #condition); \
        } \
    } while (0)

#endif
