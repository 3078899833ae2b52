// From a relocatable ELF file to code in the kernel's half of memory. A relocatable
// (object) file is what the compiler makes from one source: its addresses are not
// decided yet.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct placement {
    uint64_t base;  // of its text
    uint64_t size;  // of all its sections, in whole pages
    const struct plugin *plugin;
    struct event_set events;  // that its manifest names; none if it has no manifest
    uint32_t rights;
    uint32_t kinds;  // all if it has no manifest
};

// Places an object file in the driver region and links it with the kernel's exports.
// Returns false if the file is damaged or cannot be linked; then nothing of it stays in
// memory.
[[nodiscard]] bool object_place(uint8_t *bytes, uint64_t size,
                                struct placement *placement);

// Unmaps all pages in a part of the driver region.
void object_remove(uint64_t base, uint64_t size);
