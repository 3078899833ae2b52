// The names of the functions in a driver's code (see names.h). object.c fills the list
// while it links the driver: later the file is gone.
#include "plugins/names.h"

#include "library/text.h"
#include "memory/heap.h"

struct names *names_create(uint32_t limit)
{
    struct names *names =
        heap_allocate_uncleared(sizeof(*names) + limit * sizeof(names->entries[0]));
    if (names != NULL) {
        names->count = 0;
    }
    return names;
}

void names_add(struct names *names, uint32_t offset, const char *name)
{
    uint32_t at = names->count++;
    for (; at > 0 && names->entries[at - 1].offset > offset; at--) {
        names->entries[at] = names->entries[at - 1];
    }
    struct names_entry *entry = &names->entries[at];
    entry->offset = offset;
    text_copy(entry->name, NAMES_NAME_SIZE, name);
    for (char *c = entry->name; *c != '\0'; c++) {
        *c = *c > ' ' && *c < 0x7f ? *c : '?';  // it will be printed on the console
    }
}

const char *names_find(const struct names *names, uint32_t offset, uint64_t *start,
                       uint64_t *end)
{
    const char *found = NULL;
    *end = 0;
    for (uint32_t i = 0; names != NULL && i < names->count; i++) {
        const struct names_entry *entry = &names->entries[i];
        if (entry->offset > offset) {
            *end = entry->offset;
            break;
        }
        *start = entry->offset;
        found = entry->name;
    }
    return found;
}
