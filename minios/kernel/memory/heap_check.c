// The heap does not trust its callers: what they can break is looked at before it is used.
//
//   0x19  a header was written over: by a neighbour's overrun, most likely long ago and
//         by somebody else than who is caught here
//   0xC2  somebody frees what is no block, or not any more
#include "memory/heap_check.h"

#include "memory/page_table.h"
#include "plugins/driver.h"
#include "traps/bugcheck.h"

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

// Blames the driver whose thread made the call that noticed. It need not be the culprit.
[[noreturn]] static void stop(uint64_t code, uint64_t p1, uint64_t p2, uint64_t p3,
                              uint64_t p4)
{
    const struct driver *driver = driver_of_current_thread();
    bugcheck(&(struct stop){
        .code = code,
        .parameters = {p1, p2, p3, p4},
        .blamed = driver == NULL ? NULL : driver->name,
    });
}

static bool is_sound(const struct block_header *header)
{
    return header->magic == BLOCK_MAGIC && header->self == (uint64_t)header &&
           (header->state == BLOCK_FREE || header->state == BLOCK_USED);
}

struct run *heap_checked_run(const void *block)
{
    uint64_t address = (uint64_t)block;
    if (address < KERNEL_HEAP + sizeof(struct run) || address >= KERNEL_STACKS ||
        address % 16 != 0) {
        stop(STOP_BAD_POOL_CALLER, NOT_A_BLOCK, address, 0, 0);
    }
    // Behind the run's own header, every block begins in the first page of its run.
    uint64_t page = (address - sizeof(struct run)) & ~(uint64_t)(PAGE_SIZE - 1);
    if (!(page_table_entry(page_table_kernel(), page) & PTE_PRESENT)) {
        stop(STOP_BAD_POOL_CALLER, FREED_TWICE, 0, 0, address);
    }
    struct run *run = (struct run *)page;
    if (run->magic != RUN_MAGIC) {
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
