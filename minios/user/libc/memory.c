// The heap of a program: one list of all blocks, in the order in which they were made.
// An allocation takes the first free block that is large enough, as a whole. Blocks are
// never split or joined: that suits programs that ask for the same few sizes again and
// again.
//
// Nothing here checks for overruns or double frees, unlike the heap of the kernel. A
// program can only damage itself.
#include "memory.h"

#include <stdbool.h>
#include <stdint.h>

#include "string.h"
#include "system.h"

struct block {
    struct block *next;
    size_t size;  // of the data after this header
    bool used;
    uint64_t unused;  // keeps the data aligned to 16 bytes
};

_Static_assert(sizeof(struct block) % 16 == 0, "data behind a block is aligned");

static struct block *first;  // one thread only, so no lock
static uint8_t *arena;       // memory from the kernel that no block uses yet
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
