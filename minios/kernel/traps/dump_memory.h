// The MEMORY part of a dump: pieces of memory, each with the reason why it was saved.
// DUMP_REGION_BYTES and the like are in minios/abi/dump.py.
#pragma once

#include <minios/abi.h>

struct dump_area {
    uint8_t *bytes;
    size_t limit;
    size_t used;
};

// Saves the memory around the address that a register holds, if such memory exists and
// as much as fits.
void dump_memory_add_register(struct dump_area *area, uint32_t index, uint64_t value);

// Looks for addresses in the pieces saved so far, and saves the first bytes there, too.
void dump_memory_follow(struct dump_area *area);
