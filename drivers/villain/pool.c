// Crimes against the heap, which Windows calls the pool. With the boot option
// pool=guarded some of them are a fault at once. Without it they are noticed late, or
// never.
#include "crimes.h"

#define BLOCK_BYTES 1024
#define BIG_BYTES   8192

// Writes just past the end of a block.
AS_PROGRAM void crime_overrun(void)
{
    volatile uint64_t *block = plugin_allocate(BLOCK_BYTES);
    block[BLOCK_BYTES / sizeof(*block)] = 1;
}

// The same, and then frees the block. Only then does the heap check its headers.
void crime_trample(void)
{
    volatile uint64_t *block = plugin_allocate(BLOCK_BYTES);
    block[BLOCK_BYTES / sizeof(*block)] = 1;
    plugin_free((void *)block);
}

// Reads a block that it has freed.
AS_PROGRAM void crime_useafter(void)
{
    volatile uint64_t *block = plugin_allocate(BLOCK_BYTES);
    plugin_free((void *)block);
    (void)block[0];
}

// The same with a large block, which had pages of its own. They are gone, so this
// faults.
void crime_freedbig(void)
{
    volatile uint64_t *block = plugin_allocate(BIG_BYTES);
    plugin_free((void *)block);
    (void)block[0];
}

// Frees a block twice.
AS_PROGRAM void crime_dblfree(void)
{
    void *block = plugin_allocate(BLOCK_BYTES);
    plugin_free(block);
    plugin_free(HIDDEN(block));
}

// Frees a block by an address inside of it.
void crime_freemid(void)
{
    uint8_t *block = plugin_allocate(BLOCK_BYTES);
    plugin_free(HIDDEN(block + 16));
}

// The same with a block of two pages or more, by an address in the second.
void crime_freepage(void)
{
    uint8_t *block = plugin_allocate(BIG_BYTES);
    plugin_free(HIDDEN(block + 5008));
}

// Frees something that never was a block.
void crime_badfree(void)
{
    static uint64_t not_a_block[16] __attribute__((aligned(16)));
    plugin_free(HIDDEN((void *)(not_a_block + 8)));
}
