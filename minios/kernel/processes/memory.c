// The memory of a process: its stack, and what it asks for later.
#include "processes/memory.h"

#include "base/direct_map.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/page_table.h"
#include "tasks/process.h"

#define ARGUMENT_AREA 64  // bytes for the argument, at the top of the user stack

static bool map_user_page(struct process *process, uint64_t address)
{
    if (page_table_entry(process->page_table, address) & PTE_PRESENT) {
        return false;  // a segment of the program file is there already
    }
    uint64_t frame =
        process->pages < PROCESS_PAGES_LIMIT ? frames_allocate() : FRAME_NONE;
    if (frame == FRAME_NONE) {
        return false;
    }
    if (!page_table_map(process->page_table, address, frame, PAGE_USER_READ_WRITE)) {
        frames_free(frame);
        return false;
    }
    process->pages++;
    return true;
}

// The page below the stack stays unmapped. So a stack that grows too far causes a
// fault, and does not overwrite other memory of the process.
bool process_map_stack(struct process *process, const char *argument)
{
    for (unsigned i = 1; i <= USER_STACK_PAGES; i++) {
        if (!map_user_page(process, USER_STACK_TOP - i * PAGE_SIZE)) {
            return false;
        }
    }
    process->argument = USER_STACK_TOP - ARGUMENT_AREA;
    uint64_t entry = page_table_entry(process->page_table, process->argument);
    char *top = (char *)physical_pointer(entry & PTE_FRAME) + PAGE_SIZE;
    text_copy(top - ARGUMENT_AREA, ARGUMENT_AREA, argument);
    return true;
}

long process_memory_map(size_t size)
{
    struct process *process = process_current();
    uint64_t start = process->heap_end;
    uint64_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    if (size == 0 || size > RAM_BYTES) {
        return -ERROR_BAD_ARGUMENT;
    }
    for (uint64_t i = 0; i < pages; i++) {
        if (!map_user_page(process, start + i * PAGE_SIZE)) {
            return -ERROR_NO_MEMORY;  // pages mapped so far stay until the process ends
        }
        process->heap_end += PAGE_SIZE;
    }
    return (long)start;
}
