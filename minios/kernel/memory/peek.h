// Reading memory without ever causing a fault: for the kernel while it is crashing,
// when every pointer may be wrong.
#pragma once

#include <minios/abi.h>

// Reads the page-table entries that lead to an address, from the top table down to the
// page, or down to the first entry that is not present. The tables are those in CR3.
void peek_walk(uint64_t address, struct dump_walk *walk);

// Copies up to `size` bytes, and returns how many could be read. It stops at the first
// page that is not mapped, or that is mapped to a device and not to RAM: reading a
// device can change it. It reads the physical memory through the direct map, so the
// rights of the page and SMAP do not matter.
[[nodiscard]] size_t peek_read(uint64_t address, void *to, size_t size);
