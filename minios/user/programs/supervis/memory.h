// What a supervisor must know that is started again (see memory.c).
#ifndef USER_SUPERVISOR_MEMORY_H
#define USER_SUPERVISOR_MEMORY_H

#include <stdint.h>

#include "life.h"

enum { MEMORY_LIVES = 8 };

struct memory {
    uint64_t boot;       // which start of the machine this is about
    uint32_t fell_back;  // 1 = the content was replaced by the last good one
    uint32_t checksum;   // CRC-32 of `lives`
    struct life lives[MEMORY_LIVES];
};

// What an earlier supervisor of this start has left. All zero if there was none.
void memory_recall(struct memory *memory);

// Writes it to the disk, if it has changed since the last time.
void memory_keep(struct memory *memory);

#endif
