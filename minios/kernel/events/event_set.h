// A set of types of security event: a bit for each type of the table in
// minios/abi/security_events.py.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

static inline bool event_set_has(const struct event_set *set, uint32_t type)
{
    return set->words[type / 64] >> type % 64 & 1;
}

static inline void event_set_add(struct event_set *set, const struct event_set *more)
{
    for (unsigned i = 0; i < EVENT_SET_WORDS; i++) {
        set->words[i] |= more->words[i];
    }
}

static inline bool event_set_is_empty(const struct event_set *set)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < EVENT_SET_WORDS; i++) {
        any |= set->words[i];
    }
    return any == 0;
}

// Whether each type of `some` is in `set`, too.
static inline bool event_set_includes(const struct event_set *set,
                                      const struct event_set *some)
{
    uint64_t missing = 0;
    for (unsigned i = 0; i < EVENT_SET_WORDS; i++) {
        missing |= some->words[i] & ~set->words[i];
    }
    return missing == 0;
}

// Makes a set of these types. -ERROR_BAD_ARGUMENT if one of them does not exist, or if
// there are more of them than types. In the year 2026 a number past the last one could
// still stop a real kernel: it looked up the type before it had compared the number.
[[nodiscard]] static inline long event_set_make(struct event_set *set,
                                                const uint32_t *types, size_t count)
{
    *set = (struct event_set){0};
    for (size_t i = 0; i < count; i++) {
        if (i >= EVENT_COUNT || types[i] >= EVENT_COUNT) {
            return -ERROR_BAD_ARGUMENT;  // before a bit beyond the set is touched
        }
        set->words[types[i] / 64] |= 1UL << types[i] % 64;
    }
    return 0;
}
