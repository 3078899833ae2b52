// The interpreter, compiled twice from this one file: into a ring-0 driver and into a
// ring-3 program. It calls nothing outside this file, so that the bytes of the function
// are the same in both.
//
// The fault is in interpreter_matches. It walks as many criteria as the instance has
// (21, says the file) through an array of as many inputs as the caller made (20, says
// integration.c) and compares the two numbers nowhere. As long as the 21st criterion is
// a wildcard nothing reads past the array.
#include "interpreter.h"

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

// `*` is any run of characters, `?` any one. Goes back to the last star only, which is
// enough, so the time is at most the product of the two lengths.
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

bool interpreter_matches(const struct input *const *inputs,
                         const struct instance *instance)
{
    for (uint32_t i = 0; i < instance->fields; i++) {
        const struct criterion *criterion = &instance->criteria[i];
        if (criterion->kind == CRITERION_ANY) {
            continue;
        }
        const struct input *input = inputs[i];
        if (input == NULL) {
            return false;
        }
        uint32_t length = input->length;
        const char *wanted = (const char *)instance + criterion->offset;
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
