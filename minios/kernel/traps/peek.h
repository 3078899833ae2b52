// Reading memory without ever faulting: for a kernel that is dying and believes nobody.
#ifndef TRAPS_PEEK_H
#define TRAPS_PEEK_H

#include <minios/abi.h>

// The page-table entries that lead to an address in the address space of CR3, top down
// to the page or to the first entry that is not present.
void peek_walk(uint64_t address, struct dump_walk *walk);

// Copies up to `size` bytes and returns how many of them are there: it ends at the first
// page that is not mapped, or not to RAM (a device might mind being read). It goes by
// physical address through the direct map, so no right and no SMAP stands in the way.
[[gnu::warn_unused_result]] size_t peek_read(uint64_t address, void *to, size_t size);

#endif
