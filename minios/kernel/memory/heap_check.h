// The heap's layout, and the stop codes for who breaks it. For heap.c.
#ifndef MEMORY_HEAP_CHECK_H
#define MEMORY_HEAP_CHECK_H

#include <minios/abi.h>
#include <stdbool.h>

#define LARGE UINT32_MAX

// At the start of every run; 32 bytes, so that blocks are aligned.
struct run {
    uint32_t magic;
    uint32_t class;   // size class, or LARGE
    uint64_t pages;   // of the run, without the guard
    uint64_t in_use;  // bytes, for a large run
    uint64_t reserved;
};
_Static_assert(sizeof(struct run) == 32, "blocks must stay 16-byte aligned");

// Before every block of a slab. Whoever writes past the end of a block writes over the
// header of the next one, and `self` is hard to hit by chance.
struct block_header {
    uint32_t magic;
    uint32_t state;  // enum block_state
    uint64_t self;   // the address of this header
};
_Static_assert(sizeof(struct block_header) == 16, "blocks must stay 16-byte aligned");

enum block_state { BLOCK_FREE = 0xfee, BLOCK_USED = 0x05ed };

void heap_mark_run(struct run *run, uint32_t class, uint64_t pages);
void heap_mark_block(struct block_header *header, enum block_state state);

// The run of a block that somebody wants to free; stops the machine if it is none.
struct run *heap_checked_run(const void *block);

// Stops the machine: somebody frees what is no block.
[[noreturn]] void heap_refuse_to_free(const void *pointer);

// Both headers, this one and the next, are as we left them, and the block is in use; if
// not, the machine stops. `next` is NULL for the last block of a slab.
void heap_check_used(const struct block_header *header,
                     const struct block_header *next);

// A block that was on the list of free ones still is one, or the machine stops.
void heap_check_free(const struct block_header *header);

#endif
