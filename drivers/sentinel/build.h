// Which sensor is built. The usual one is that of July 2024: it has none of the
// repairs. `minios pipeline` compares it with repaired sensors, which are built from
// the same sources with other values of these macros (minios/image/variants.py).
#ifndef SENTINEL_BUILD_H
#define SENTINEL_BUILD_H

#ifdef __bpf__  // the compiler's name for eBPF
#include <minios/bpf.h>
#else
#include <minios/plugin.h>
#endif

// How many fields the definitions declare, and how many inputs the code supplies.
#ifndef SENSOR_FIELDS
#define SENSOR_FIELDS IPC_FIELDS_DECLARED
#endif
#ifndef SENSOR_INPUTS
#define SENSOR_INPUTS CONTENT_FILE_IPC_INPUTS_SUPPLIED
#endif

// How many criteria an instance has, and where the text of one is. The content file says
// both. eBPF programs have their own answers, which the verifier can follow.
#ifndef FIELDS
#define FIELDS(instance) ((instance)->fields)
#endif
#ifndef WANTED
#define WANTED(instance, criterion) ((const char *)(instance) + (criterion)->offset)
#endif

// Finding 1: with this macro the compiler compares the two numbers, and refuses to
// build a sensor in which they differ.
#ifdef SENSOR_COMPILE_CHECK
_Static_assert(
    SENSOR_FIELDS == SENSOR_INPUTS,
    "the definitions declare another number of fields than the code supplies");
#endif

// Finding 2: MAY_READ says whether the interpreter may read input number `index`, which
// counts from 0. No check allows everything. The right check treats a missing input as
// one that does not match. The wrong check notices the mistake, too, but ends whatever
// it runs in: in ring 0 that is the machine.
#if defined(SENSOR_BOUNDS_RIGHT)
#define MAY_READ(index) ((index) < SENSOR_INPUTS)
#elif defined(SENSOR_BOUNDS_WRONG)
static inline bool bounds_or_end(uint32_t index)
{
    if (index >= SENSOR_INPUTS) {
        plugin_fail_fast(FAIL_FAST_ARRAY_BOUNDS);
    }
    return true;
}
#define MAY_READ(index) bounds_or_end(index)
#else
#define MAY_READ(index) true
#endif

#endif
