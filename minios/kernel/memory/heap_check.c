// The checks of the heap: is a header damaged, is a block freed twice?
//
// heap.c calls them before it uses a header, because drivers share ring 0 and can write
// over it. Going on with a damaged header would hand out memory that is in use, and so
// damage more. The stop codes are those of Windows:
//
//   0x19  BAD_POOL_HEADER: a header was written over. Most likely a neighbour wrote
//         past its end, perhaps long ago. So the driver that is caught here need not be
//         the one that did it
//   0xC2  BAD_POOL_CALLER: somebody frees something that is not a block, or frees a
//         block twice
#include "memory/heap_check.h"

#include "base/stop.h"
#include "memory/page_table.h"

#define RUN_MAGIC   0x50414548u
#define BLOCK_MAGIC 0x4b434c42u

#define FREE_LIST_DAMAGED 0x3UL  // parameter 1 of 0x19
#define HEADER_DAMAGED    0x20UL
#define FREED_TWICE       0x7UL  // parameter 1 of 0xC2
#define NOT_A_BLOCK       0x46UL

void heap_mark_run(struct run *run, uint32_t class, uint64_t pages)
{
    *run = (struct run){.magic = RUN_MAGIC, .class = class, .pages = pages};
}

void heap_mark_block(struct block_header *header, enum block_state state)
{
    *header = (struct block_header){
        .magic = BLOCK_MAGIC, .state = state, .self = (uint64_t)header};
}

// The driver that made this call gets the blame. It may be innocent: see above.
[[noreturn]] static void stop(uint64_t code, uint64_t p1, uint64_t p2, uint64_t p3,
                              uint64_t p4)
{
    stop_machine(&(struct stop){.code = code, .parameters = {p1, p2, p3, p4}});
}

static bool is_sound(const struct block_header *header)
{
    return header->magic == BLOCK_MAGIC && header->self == (uint64_t)header &&
           (header->state == BLOCK_FREE || header->state == BLOCK_USED);
}

static bool is_present(uint64_t page)
{
    return page_table_entry(page_table_kernel(), page) & PTE_PRESENT;
}

void heap_refuse_to_free(const void *pointer)
{
    stop(STOP_BAD_POOL_CALLER, NOT_A_BLOCK, (uint64_t)pointer, 0, 0);
}

// Whether the page is a later page of a large run. A block always begins in the first
// page of its run, so a pointer into a later page cannot be a block.
static bool is_inside_large_run(uint64_t page)
{
    for (uint64_t at = page - PAGE_SIZE; is_present(at); at -= PAGE_SIZE) {
        const struct run *run = (const struct run *)at;
        if (run->magic == RUN_MAGIC) {
            return run->class == LARGE && page - at < run->pages * PAGE_SIZE;
        }
    }
    return false;
}

struct run *heap_checked_run(const void *block, bool was_freed)
{
    uint64_t address = (uint64_t)block;
    if (address < KERNEL_HEAP + sizeof(struct run) || address >= KERNEL_STACKS ||
        address % 16 != 0) {
        heap_refuse_to_free(block);
    }
    uint64_t page = (address - sizeof(struct run)) & ~(uint64_t)(PAGE_SIZE - 1);
    if (!is_present(page)) {
        if (!was_freed) {
            heap_refuse_to_free(block);  // a guard page, or an address never used yet
        }
        stop(STOP_BAD_POOL_CALLER, FREED_TWICE, 0, 0, address);
    }
    struct run *run = (struct run *)page;
    if (run->magic != RUN_MAGIC) {
        if (is_inside_large_run(page)) {
            heap_refuse_to_free(block);
        }
        stop(STOP_BAD_POOL_HEADER, HEADER_DAMAGED, page, 0, 0);
    }
    return run;
}

void heap_check_used(const struct block_header *header, const struct block_header *next)
{
    if (!is_sound(header) || (next != NULL && !is_sound(next))) {
        stop(STOP_BAD_POOL_HEADER, HEADER_DAMAGED, (uint64_t)header, (uint64_t)next, 0);
    }
    if (header->state != BLOCK_USED) {
        uint64_t contents = (uint64_t)header->state << 32 | header->magic;
        stop(STOP_BAD_POOL_CALLER, FREED_TWICE, 0, contents, (uint64_t)(header + 1));
    }
}

void heap_check_free(const struct block_header *header)
{
    if (!is_sound(header) || header->state != BLOCK_FREE) {
        stop(STOP_BAD_POOL_HEADER, FREE_LIST_DAMAGED, (uint64_t)header, 0, 0);
    }
}
