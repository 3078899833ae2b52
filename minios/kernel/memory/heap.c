// The kernel heap: how memory is cut into blocks, and why an overrun is (or is not)
// seen.
//
// The kernel and the drivers call heap_allocate and heap_free. A "run" is some pages
// that lie one after the other. Small blocks are cut from a run of one page, all of the
// same size class, each with a header of its own. (Such a run is called a slab.) A
// large block has a run for itself. Either way the page behind the run is not mapped.
// This is the guard page: an access to it faults.
//
//   | run | h block | h block | ... | GUARD |        | run | one large block | GUARD |
//
// So there are two kinds of overrun. If a driver writes past the end of a small block,
// it writes over the header of the neighbour. Nothing faults; heap_check.c notices it
// when one of the two blocks is freed, perhaps much later. If a driver writes past the
// end of a run, the CPU faults at once. With the boot option `pool=guarded` every block
// has a run for itself that ends at the guard page, so each overrun is a fault at once:
//
//   | run |        | block | GUARD |
//
// No address is used a second time (there are 16 TiB of them). So the use of a freed
// block faults, too, if the block was large or guarded: nothing else is mapped there.
#include "memory/heap.h"

#include "base/boot_options.h"
#include "base/irql.h"
#include "library/text.h"
#include "memory/heap_check.h"
#include "memory/page_table.h"

#define SMALLEST_BLOCK 32
#define CLASSES        6  // 32, 64, 128, 256, 512, 1024

struct free_block {
    struct free_block *next;
};

static bool is_guarded;  // set once, by heap_initialize

// All guarded by IRQL_HIGH.
static struct free_block *free_blocks[CLASSES];
static uint64_t next_address = KERNEL_HEAP;
static uint64_t bytes_in_use;

void heap_initialize(void)
{
    char pool[16];
    is_guarded = boot_option("pool", pool, sizeof(pool)) && text_equal(pool, "guarded");
}

bool heap_is_guarded(void)
{
    return is_guarded;
}

static size_t stride(uint32_t class)
{
    return sizeof(struct block_header) + ((size_t)SMALLEST_BLOCK << class);
}

static struct block_header *header_of(void *block)
{
    return (struct block_header *)block - 1;
}

// Maps a new run of pages, and leaves an unmapped page after it.
static struct run *run_create(uint32_t class, uint64_t pages)
{
    uint64_t address = next_address;
    if (!page_table_map_pages(address, pages)) {
        return NULL;
    }
    next_address += (pages + 1) * PAGE_SIZE;  // 1 more: the guard page is never mapped
    heap_mark_run((struct run *)address, class, pages);
    return (struct run *)address;
}

static bool slab_create(uint32_t class)
{
    struct run *run = run_create(class, 1);
    if (run == NULL) {
        return false;
    }
    // Cut from the end, so that blocks are handed out in rising order. The last block
    // ends exactly where the guard page begins.
    size_t size = stride(class);
    for (uint64_t at = PAGE_SIZE; at >= sizeof(struct run) + size; at -= size) {
        struct block_header *header =
            (struct block_header *)((uint64_t)run + at - size);
        heap_mark_block(header, BLOCK_FREE);
        struct free_block *block = (struct free_block *)(header + 1);
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
    heap_check_free(header_of(block));
    heap_mark_block(header_of(block), BLOCK_USED);
    free_blocks[class] = block->next;
    bytes_in_use += SMALLEST_BLOCK << class;
    return block;
}

// Where the block of a large run begins: after the header of the run. In a guarded pool
// the block is moved up instead, so that it ends where the guard page begins.
static void *large_block(struct run *run)
{
    uint64_t end = (uint64_t)run + run->pages * PAGE_SIZE;
    return is_guarded ? (void *)(end - (run->in_use + 15) / 16 * 16) : run + 1;
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
    return large_block(run);
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
    void *block =
        class < CLASSES && !is_guarded ? allocate_small(class) : allocate_large(size);
    irql_lower(old);
    return block;
}

void *heap_allocate(size_t size)
{
    void *block = heap_allocate_uncleared(size);
    return block == NULL ? NULL : memset(block, 0, size);
}

// Frees a block of a slab. Checks its own header and the next one: if somebody wrote
// past the end of this block, the next header is damaged.
static void free_small(const struct run *run, void *pointer)
{
    struct block_header *header = header_of(pointer);
    struct free_block *block = pointer;
    uint64_t next = (uint64_t)header + stride(run->class);
    uint64_t end = (uint64_t)run + PAGE_SIZE;
    // The slab was cut from its end in equal pieces, so only some places are blocks.
    if ((end - (uint64_t)header) % stride(run->class) != 0) {
        heap_refuse_to_free(pointer);
    }
    bool is_last = next >= end;
    heap_check_used(header, is_last ? NULL : (struct block_header *)next);
    heap_mark_block(header, BLOCK_FREE);
    bytes_in_use -= SMALLEST_BLOCK << run->class;
    block->next = free_blocks[run->class];
    free_blocks[run->class] = block;
}

void heap_free(void *pointer)
{
    if (pointer == NULL) {
        return;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    uint64_t header = (uint64_t)pointer - sizeof(struct run);
    struct run *run = heap_checked_run(pointer, heap_absence_of(header) == HEAP_FREED);
    if (run->class == LARGE) {
        if (pointer != large_block(run)) {
            heap_refuse_to_free(pointer);
        }
        bytes_in_use -= run->in_use;
        page_table_free_pages((uint64_t)run, run->pages);
    } else {
        free_small(run, pointer);
    }
    irql_lower(old);
}

uint64_t heap_bytes_in_use(void)
{
    return bytes_in_use;
}

enum heap_absence heap_absence_of(uint64_t address)
{
    if (address < KERNEL_HEAP || address >= next_address) {
        return HEAP_NOT_OURS;
    }
    uint64_t before = page_table_entry(page_table_kernel(), address - PAGE_SIZE);
    return address >= KERNEL_HEAP + PAGE_SIZE && before & PTE_PRESENT ? HEAP_BEYOND_END
                                                                      : HEAP_FREED;
}
