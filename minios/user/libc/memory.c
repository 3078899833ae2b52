// A heap: one list of blocks in the order of their making, first fit. A block that is
// free and large enough is taken whole; blocks are neither split nor joined, which
// suits programs that ask for the same few sizes again and again.
#include "memory.h"

#include <stdbool.h>
#include <stdint.h>

#include "string.h"
#include "system.h"

struct block {
    struct block *next;
    size_t size;  // of the data behind this header
    bool used;
    uint64_t unused;  // keeps the data aligned to 16 bytes
};

_Static_assert(sizeof(struct block) % 16 == 0, "data behind a block is aligned");

static struct block *first;  // one thread only, so no lock
static uint8_t *arena;       // the part of the last pages that no block has yet
static size_t arena_left;

static struct block *block_make(size_t size)
{
    size_t whole = sizeof(struct block) + size;
    if (whole > arena_left) {
        size_t pages = (whole + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
        long address = sys_memory_map(pages);
        if (address < 0) {
            return NULL;
        }
        arena = (uint8_t *)address;
        arena_left = pages;
    }
    struct block *block = (struct block *)arena;
    arena += whole;
    arena_left -= whole;
    *block = (struct block){.next = first, .size = size};
    first = block;
    return block;
}

void *memory_allocate(size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = (size + 15) & ~(size_t)15;
    struct block *block = first;
    while (block != NULL && (block->used || block->size < size)) {
        block = block->next;
    }
    if (block == NULL) {
        block = block_make(size);
    }
    if (block == NULL) {
        return NULL;
    }
    block->used = true;
    return memset(block + 1, 0, block->size);
}

void memory_free(void *data)
{
    if (data != NULL) {
        ((struct block *)data - 1)->used = false;
    }
}
