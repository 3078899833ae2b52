// The MEMORY part of a dump: pieces of memory, each with the reason why it is there.
#ifndef TRAPS_DUMP_MEMORY_H
#define TRAPS_DUMP_MEMORY_H

#include <minios/abi.h>

struct dump_area {
    uint8_t *bytes;
    size_t limit;
    size_t used;
};

// Saves the memory around the value of a register, as far as it is there and fits.
void dump_memory_add_register(struct dump_area *area, uint32_t index, uint64_t value);

// Saves the first bytes of whatever the pieces saved so far point to.
void dump_memory_follow(struct dump_area *area);

#endif
