// The headers of runs and blocks, and the checks that find damaged ones. For heap.c
// only.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

#define LARGE UINT32_MAX

// The header at the start of every run. 32 bytes, so that blocks begin at multiples of
// 16.
struct run {
    uint32_t magic;
    uint32_t class;   // size class, or LARGE
    uint64_t pages;   // of the run, without the guard
    uint64_t in_use;  // bytes, for a large run
    uint64_t reserved;
};
_Static_assert(sizeof(struct run) == 32, "blocks must stay 16-byte aligned");

// The header before every block of a slab. Whoever writes past the end of a block
// writes over the header of the next one. `self` shows this: stray data is hardly ever
// the address of exactly this header.
struct block_header {
    uint32_t magic;
    uint32_t state;  // enum block_state
    uint64_t self;   // the address of this header
};
_Static_assert(sizeof(struct block_header) == 16, "blocks must stay 16-byte aligned");

enum block_state { BLOCK_FREE = 0xfee, BLOCK_USED = 0x05ed };

void heap_mark_run(struct run *run, uint32_t class, uint64_t pages);
void heap_mark_block(struct block_header *header, enum block_state state);

// The run to which a block belongs that somebody wants to free. Stops the machine if
// there is no such run. `was_freed` is whether its first page was in use and is free now.
struct run *heap_checked_run(const void *block, bool was_freed);

// Stops the machine, because somebody frees something that is not a block.
[[noreturn]] void heap_refuse_to_free(const void *pointer);

// Checks that this header and the next one are undamaged, and that the block is in use.
// If not, stops the machine. `next` is NULL for the last block of a slab.
void heap_check_used(const struct block_header *header,
                     const struct block_header *next);

// Checks that a block from the list of free blocks is still free and undamaged. If not,
// stops the machine: somebody has written to it after it was freed.
void heap_check_free(const struct block_header *header);
