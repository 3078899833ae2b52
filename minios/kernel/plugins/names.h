// The names of the functions in a driver's code, kept for reports of an oops. Only a
// model that tells a fault as Linux does keeps them (traps/symbols.c).
#pragma once

#include <stdint.h>

#define NAMES_LIMIT     512
#define NAMES_NAME_SIZE 40  // bytes of a name that are kept, with the NUL

struct names {
    uint32_t count;
    struct names_entry {
        uint32_t offset;  // from the start of the driver's code
        char name[NAMES_NAME_SIZE];
    } entries[];
};

// Room for so many names at most. NULL if there is not enough memory.
[[nodiscard]] struct names *names_create(uint32_t limit);

// Adds a name at its place: the entries are sorted by offset. The caller must not add more
// than `limit`.
void names_add(struct names *names, uint32_t offset, const char *name);

// The function in which an offset lies. `*start` is where it begins, `*end` where the next
// one does, 0 if it is the last. NULL if none begins before, or `names` is NULL.
const char *names_find(const struct names *names, uint32_t offset, uint64_t *start,
                       uint64_t *end);
