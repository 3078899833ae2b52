// From a relocatable ELF file to code in the kernel's half of memory. A relocatable
// (object) file is what the compiler makes from one source: its addresses are not
// decided yet.
#pragma once

#include "plugins/driver.h"

// Places an object file in the driver region and links it with the kernel's exports.
// Fills in where the driver lies, its `plugin`, and its manifest (zeros if it has none). Returns
// false if the file is damaged or cannot be linked; then nothing of it stays in
// memory.
[[nodiscard]] bool object_place(uint8_t *bytes, uint64_t size, struct driver *driver);

// Unmaps all pages in a part of the driver region.
void object_remove(uint64_t base, uint64_t size);
