// The kernel heap.
//
// Small blocks come from slabs: one page each, cut into blocks of one size class. A large
// block has a run of pages of its own. Either way the page behind the run is not mapped:
//
//   | header | block | block | ... | GUARD |        | header | one large block | GUARD |
//
// An overrun inside a slab hits a neighbour; an overrun off the end of a run is a page
// fault at once. Address space is never used twice (there are 8 TiB of it), so a stale
// pointer to a large block faults, too.
#include "memory/heap.h"

#include "library/text.h"
#include "memory/frames.h"
#include "memory/page_table.h"
#include "traps/bugcheck.h"
#include "traps/irql.h"

#define SMALLEST_BLOCK 32
#define CLASSES        6  // 32, 64, 128, 256, 512, 1024
#define RUN_MAGIC      0x50414548u
#define LARGE          UINT32_MAX

// At the start of every run; 32 bytes, so that blocks are aligned.
struct run {
    uint32_t magic;
    uint32_t class;   // size class, or LARGE
    uint64_t pages;   // of the run, without the guard
    uint64_t in_use;  // bytes, for a large run
    uint64_t reserved;
};
_Static_assert(sizeof(struct run) == 32, "blocks must stay 16-byte aligned");

struct free_block {
    struct free_block *next;
};

// All guarded by IRQL_HIGH.
static struct free_block *free_blocks[CLASSES];
static uint64_t next_address = KERNEL_HEAP;
static uint64_t bytes_in_use;

static struct run *run_of(void *block)
{
    struct run *run = (struct run *)((uint64_t)block & ~(uint64_t)(PAGE_SIZE - 1));
    KERNEL_ASSERT(run->magic == RUN_MAGIC);
    return run;
}

static void run_unmap(uint64_t address, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++) {
        frames_free(page_table_unmap(address + i * PAGE_SIZE));
    }
}

static struct run *run_create(uint32_t class, uint64_t pages)
{
    uint64_t address = next_address;
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t frame = frames_allocate_uncleared();
        if (frame == FRAME_NONE ||
            !page_table_map(page_table_kernel(), address + i * PAGE_SIZE, frame,
                            PAGE_READ_WRITE)) {
            if (frame != FRAME_NONE) {
                frames_free(frame);
            }
            run_unmap(address, i);
            return NULL;
        }
    }
    next_address += (pages + 1) * PAGE_SIZE;  // the guard: address space without memory
    struct run *run = (struct run *)address;
    *run = (struct run){.magic = RUN_MAGIC, .class = class, .pages = pages};
    return run;
}

static bool slab_create(uint32_t class)
{
    struct run *run = run_create(class, 1);
    if (run == NULL) {
        return false;
    }
    // Cut from the end, so that blocks are handed out in rising order. The last block
    // ends exactly where the guard page begins.
    size_t size = SMALLEST_BLOCK << class;
    for (uint64_t at = PAGE_SIZE; at >= sizeof(struct run) + size; at -= size) {
        struct free_block *block = (struct free_block *)((uint64_t)run + at - size);
        block->next = free_blocks[class];
        free_blocks[class] = block;
    }
    return true;
}

static void *allocate_small(uint32_t class)
{
    if (free_blocks[class] == NULL && !slab_create(class)) {
        return NULL;
    }
    struct free_block *block = free_blocks[class];
    free_blocks[class] = block->next;
    bytes_in_use += SMALLEST_BLOCK << class;
    return block;
}

static void *allocate_large(size_t size)
{
    uint64_t pages = (size + sizeof(struct run) + PAGE_SIZE - 1) / PAGE_SIZE;
    struct run *run = run_create(LARGE, pages);
    if (run == NULL) {
        return NULL;
    }
    run->in_use = size;
    bytes_in_use += size;
    return run + 1;
}

void *heap_allocate_uncleared(size_t size)
{
    uint32_t class = 0;
    while (class < CLASSES && (size_t)SMALLEST_BLOCK << class < size) {
        class ++;
    }
    if (size > RAM_BYTES) {
        return NULL;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    void *block = class < CLASSES ? allocate_small(class) : allocate_large(size);
    irql_lower(old);
    return block;
}

void *heap_allocate(size_t size)
{
    void *block = heap_allocate_uncleared(size);
    return block == NULL ? NULL : memset(block, 0, size);
}

void heap_free(void *pointer)
{
    if (pointer == NULL) {
        return;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    struct run *run = run_of(pointer);
    if (run->class == LARGE) {
        bytes_in_use -= run->in_use;
        run_unmap((uint64_t)run, run->pages);
    } else {
        struct free_block *block = pointer;
        bytes_in_use -= SMALLEST_BLOCK << run->class;
        block->next = free_blocks[run->class];
        free_blocks[run->class] = block;
    }
    irql_lower(old);
}

uint64_t heap_bytes_in_use(void)
{
    return bytes_in_use;
}
