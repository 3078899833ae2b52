// Diagnosis: all that the kernel knows of a stop. It is found here, once. What follows
// from it is decided elsewhere (trap.c, bugcheck.c).
#pragma once

#include "base/irql.h"
#include "base/stop.h"

struct driver;

struct diagnosis {
    struct stop stop;             // code, parameters, and who is to blame, by name
    const char *name;             // of the stop code
    const struct driver *driver;  // that is to blame, or NULL
    char where[NAME_SIZE + 20];   // who, and at which offset: "sentinel.sys+0x1c4"
    uint64_t vector, rip;         // of the fault; 0: the kernel itself found a mistake
    uint32_t process_id;          // that was running; 0 for System
    enum irql irql;               // at which it happened
    const uint64_t *caller;       // frame of the code that asked for the stop, or NULL
    const char *panic;            // why Linux would stop, in its words; or NULL
    uint32_t oops;                // number of the oops that led here; 0 for none
};

// The diagnosis of a fault in ring 0. `cr2` is the address of a page fault.
struct diagnosis diagnose_fault(const struct trapframe *frame, uint64_t cr2);

// The diagnosis of a stop that a part of the kernel asks for. RBP pointed to `caller`
// when it did: a stack trace begins there.
struct diagnosis diagnose_stop(const struct stop *stop, const uint64_t *caller);

// Tells the console (under this title) and the beacon. `kind` is RECORD_BUGCHECK or
// RECORD_OOPS: both have the same values. `ended` is what the kernel goes on without.
void diagnosis_tell(const struct diagnosis *diagnosis, const char *title, uint32_t kind,
                    const char *ended);
