// The interpreter: does an event match a template instance? Here is the sensor's fault.
//
// This one file is compiled into a driver for ring 0, a program for ring 3, and eBPF
// programs. It calls no function outside, so what differs later is only where it runs.
//
// The fault is in interpreter_matches. Its loop runs as often as the instance has
// criteria: 21 times, says the content file. In each round it may read one pointer from
// the array `inputs`, and integration.c has put only 20 there. Nothing compares the two
// numbers. A wildcard skips the read. So as long as the 21st criterion is a wildcard,
// the fault sleeps. As soon as a file has a real criterion there, the loop reads past
// the end of the array.
#include "interpreter.h"

#ifndef SENSOR_OWN_TEXTS  // an eBPF program has its own: see sentinel.bpf.c
static bool text_equals(const char *text, uint32_t length, const char *wanted,
                        uint32_t wanted_length)
{
    if (length != wanted_length) {
        return false;
    }
    for (uint32_t i = 0; i < length; i++) {
        if (text[i] != wanted[i]) {
            return false;
        }
    }
    return true;
}

// Compares a text with a pattern: `*` stands for any number of characters, `?` for one.
// If a comparison fails, it goes back to the last star only. This is enough, and so the
// time is at most the product of the two lengths.
static bool text_matches(const char *text, uint32_t length, const char *pattern,
                         uint32_t pattern_length)
{
    uint32_t at = 0;
    uint32_t in_pattern = 0;
    uint32_t star = UINT32_MAX;
    uint32_t star_at = 0;
    while (at < length) {
        char wanted = in_pattern < pattern_length ? pattern[in_pattern] : '\0';
        if (wanted == '*') {
            star = in_pattern++;
            star_at = at;
        } else if (wanted != '\0' && (wanted == '?' || wanted == text[at])) {
            in_pattern++;
            at++;
        } else if (star != UINT32_MAX) {
            in_pattern = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern_length && pattern[in_pattern] == '*') {
        in_pattern++;
    }
    return in_pattern == pattern_length;
}
#endif

// MAY_READ allows everything (build.h): nothing compares `i` with the number of inputs.
// The test for NULL does not help, because the memory behind the array is not zero. An
// eBPF program has the inputs themselves in its array, so there the test is always true.
bool interpreter_matches(INPUT_ENTRY const *inputs, const struct instance *instance)
{
    for (uint32_t i = 0; i < FIELDS(instance); i++) {
        const struct criterion *criterion = &instance->criteria[i];
        if (criterion->kind == CRITERION_ANY) {
            continue;
        }
        const struct input *input = MAY_READ(i) ? INPUT_AT(inputs, i) : NULL;
        if (input == NULL) {
            return false;
        }
        uint32_t length = input->length;
        const char *wanted = WANTED(instance, criterion);
        bool matches =
            criterion->kind == CRITERION_EQUALS
                ? text_equals(input->text, length, wanted, criterion->length)
                : text_matches(input->text, length, wanted, criterion->length);
        if (!matches) {
            return false;
        }
    }
    return true;
}
