// From a relocatable ELF file to code in the kernel's half.
#ifndef PLUGINS_OBJECT_H
#define PLUGINS_OBJECT_H

#include <minios/abi.h>
#include <stdbool.h>

struct placement {
    uint64_t base;  // of its text
    uint64_t size;  // of all its sections, in whole pages
    const struct plugin *plugin;
    uint32_t events;  // what its manifest names; nothing if it has none
    uint32_t rights;
};

// Places an object file in the driver region and links it against the kernel's exports.
// False: it is not one that can be linked; then nothing of it is left behind.
[[gnu::warn_unused_result]] bool object_place(uint8_t *bytes, uint64_t size,
                                              struct placement *placement);

// Unmaps whatever is mapped in a part of the driver region.
void object_remove(uint64_t base, uint64_t size);

#endif
