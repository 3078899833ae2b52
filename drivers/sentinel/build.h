// Which sensor is built. The usual one is that of July 2024: it has none of the
// repairs. `minios pipeline` compares it with repaired sensors, which are built from
// the same sources with other values of these macros (minios/image/variants.py).
#ifndef SENTINEL_BUILD_H
#define SENTINEL_BUILD_H

#include <minios/plugin.h>

// How many fields the definitions declare, and how many inputs the code supplies.
#ifndef SENTINEL_FIELDS
#define SENTINEL_FIELDS IPC_FIELDS_DECLARED
#endif
#ifndef SENTINEL_INPUTS
#define SENTINEL_INPUTS CONTENT_FILE_IPC_INPUTS_SUPPLIED
#endif

// Finding 1: with this macro the compiler compares the two numbers, and refuses to
// build a sensor in which they differ.
#ifdef SENTINEL_COMPILE_CHECK
_Static_assert(
    SENTINEL_FIELDS == SENTINEL_INPUTS,
    "the definitions declare another number of fields than the code supplies");
#endif

// Finding 2: MAY_READ says whether the interpreter may read input number `index`, which
// counts from 0. No check allows everything. The right check treats a missing input as
// one that does not match. The wrong check notices the mistake, too, but ends whatever
// it runs in: in ring 0 that is the machine.
#if defined(SENTINEL_BOUNDS_RIGHT)
#define MAY_READ(index) ((index) < SENTINEL_INPUTS)
#elif defined(SENTINEL_BOUNDS_WRONG)
static inline bool bounds_or_end(uint32_t index)
{
    if (index >= SENTINEL_INPUTS) {
        plugin_fail_fast(FAIL_FAST_ARRAY_BOUNDS);
    }
    return true;
}
#define MAY_READ(index) bounds_or_end(index)
#else
#define MAY_READ(index) true
#endif

#endif
