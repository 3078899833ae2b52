// The end: ring 0 cannot go on.
#ifndef TRAPS_BUGCHECK_H
#define TRAPS_BUGCHECK_H

#include "arch/trapframe.h"
#include <minios/abi.h>
#include <stdbool.h>

struct stop {
    uint64_t code;                  // STOP_
    uint64_t parameters[4];         // their meaning depends on the code
    const struct trapframe *frame;  // what was interrupted, or NULL
    const char *blamed;             // module; NULL: found from the frame, or who called
};

// Says why on the console and the screen, writes the dump, resets the machine.
[[noreturn]] void bugcheck(const struct stop *stop);

// A check of the kernel's own has failed.
[[noreturn]] void bugcheck_panic(const char *why);

#define KERNEL_ASSERT(condition) \
    do { \
        if (!(condition)) { \
            bugcheck_panic("assertion failed: " #condition); \
        } \
    } while (0)

#endif
