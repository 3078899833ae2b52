// The memory of a process: its stack, and what it asks for later.
//
// No page may be written and executed at once (W^X). A program that makes code at run time
// writes it first, and then gives up the right to write: mprotect. This moment is what a
// security client wants to know of, because an attacker needs it, too.
#include "processes/memory.h"

#include "base/direct_map.h"
#include "events/event.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/page_table.h"
#include "memory/usercopy.h"
#include "tasks/process.h"

#define ARGUMENT_AREA 64  // bytes for the argument, at the top of the user stack

static bool map_user_page(struct process *process, uint64_t address,
                          enum page_rights rights)
{
    if (address >= USER_TOP) {
        return false;  // the heap has reached the end of the program's half
    }
    if (page_table_entry(process->page_table, address) & PTE_PRESENT) {
        return false;  // a segment of the program file is there already
    }
    uint32_t tables = (uint32_t)page_table_missing(process->page_table, address);
    bool may = process->pages + process->tables + tables < PROCESS_PAGES_LIMIT;
    uint64_t frame = may ? frames_allocate() : FRAME_NONE;
    if (frame == FRAME_NONE) {
        return false;
    }
    if (!page_table_map(process->page_table, address, frame, rights)) {
        (void)page_table_trim(process->page_table, address);  // made, and not counted
        frames_free(frame);
        return false;
    }
    process->pages++;
    process->tables += tables;
    return true;
}

// The page below the stack stays unmapped. So a stack that grows too far causes a
// fault, and does not overwrite other memory of the process.
bool process_map_stack(struct process *process, const char *argument)
{
    for (unsigned i = 1; i <= USER_STACK_PAGES; i++) {
        if (!map_user_page(process, USER_STACK_TOP - i * PAGE_SIZE,
                           PAGE_USER_READ_WRITE)) {
            return false;
        }
    }
    process->argument = USER_STACK_TOP - ARGUMENT_AREA;
    uint64_t entry = page_table_entry(process->page_table, process->argument);
    char *top = (char *)physical_pointer(entry & PTE_FRAME) + PAGE_SIZE;
    text_copy(top - ARGUMENT_AREA, ARGUMENT_AREA, argument);
    return true;
}

static uint64_t pages_in(size_t size)
{
    return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

// Maps pages at the end of the heap. Those mapped so far stay if there is no memory for
// the rest.
static long map(size_t size, enum page_rights rights)
{
    struct process *process = process_current();
    uint64_t start = process->heap_end;
    for (uint64_t i = 0; i < pages_in(size); i++) {
        if (!map_user_page(process, start + i * PAGE_SIZE, rights)) {
            return -ERROR_NO_MEMORY;
        }
        process->heap_end += PAGE_SIZE;
    }
    return (long)start;
}

long process_memory_map(size_t size)
{
    return size == 0 || size > RAM_BYTES ? -ERROR_BAD_ARGUMENT
                                         : map(size, PAGE_USER_READ_WRITE);
}

// ---- Memory with rights of the program's choice.

uint32_t process_memory_rights(uint64_t entry)
{
    uint32_t write = entry & PTE_WRITE ? MEMORY_WRITE : 0;
    return MEMORY_READ | write | (entry & PTE_NO_EXECUTE ? 0 : MEMORY_EXECUTE);
}

// What the page table says for these rights. On this CPU a page that ring 3 may use at all
// may be read, so READ always has to be there.
static long page_rights(uint64_t rights, enum page_rights *result)
{
    switch (rights) {
    case MEMORY_READ:
        *result = PAGE_USER_READ;
        return 0;
    case MEMORY_READ | MEMORY_WRITE:
        *result = PAGE_USER_READ_WRITE;
        return 0;
    case MEMORY_READ | MEMORY_EXECUTE:
        *result = PAGE_USER_EXECUTE;
        return 0;
    case MEMORY_READ | MEMORY_WRITE | MEMORY_EXECUTE:
        return -ERROR_NOT_PERMITTED;
    default:
        return -ERROR_BAD_ARGUMENT;
    }
}

long process_mmap(size_t size, uint64_t rights)
{
    enum page_rights how;
    long error = page_rights(rights, &how);
    if (error < 0) {
        return error;
    }
    if (size == 0 || size > RAM_BYTES) {
        return -ERROR_BAD_ARGUMENT;
    }
    struct event event = {
        .type = EVENT_AUTH_MMAP,
        .memory = {.size = pages_in(size) * PAGE_SIZE, .rights = (uint32_t)rights}};
    error = event_ask(&event);
    long address = error < 0 ? error : map(size, how);
    if (address > 0) {
        event.type = EVENT_NOTIFY_MMAP;
        event.memory.address = (uint64_t)address;
        event_post(&event);
    }
    return address;
}

// Whether all these pages are there. A process has one thread, so none of them can go
// away while this thread is in the kernel.
static bool are_mapped(uint64_t address, size_t size)
{
    return address % PAGE_SIZE == 0 && size > 0 && size <= RAM_BYTES &&
           user_slice_readable(user_slice(address, size));
}

// A table maps so many bytes. One that maps nothing any more is given back: otherwise the
// tables alone could become all memory.
#define TABLE_REACH (512 * PAGE_SIZE)

static void free_tables(struct process *process, uint64_t address, uint64_t end)
{
    uint64_t at = address & ~(uint64_t)(TABLE_REACH - 1);
    for (; at < end; at += TABLE_REACH) {
        process->tables -= (uint32_t)page_table_trim(process->page_table, at);
    }
}

long process_munmap(uint64_t address, size_t size)
{
    struct process *process = process_current();
    if (!are_mapped(address, size)) {
        return -ERROR_BAD_ADDRESS;
    }
    for (uint64_t i = 0; i < pages_in(size); i++) {
        frames_free(page_table_unmap(process->page_table, address + i * PAGE_SIZE));
        process->pages--;
    }
    free_tables(process, address, address + size);
    return 0;
}

// What any of these pages allows. A single page that could be written, among others, is
// what a security client wants to know of.
static uint32_t rights_of(uint64_t top, uint64_t address, size_t size)
{
    uint32_t rights = 0;
    for (uint64_t i = 0; i < pages_in(size); i++) {
        rights |= process_memory_rights(page_table_entry(top, address + i * PAGE_SIZE));
    }
    return rights;
}

long process_mprotect(uint64_t address, size_t size, uint64_t rights)
{
    uint64_t top = process_current()->page_table;
    enum page_rights how;
    long error = page_rights(rights, &how);
    if (error < 0) {
        return error;
    }
    if (!are_mapped(address, size)) {
        return -ERROR_BAD_ADDRESS;
    }
    struct event event = {.type = EVENT_AUTH_MPROTECT,
                          .memory = {.address = address,
                                     .size = pages_in(size) * PAGE_SIZE,
                                     .rights = (uint32_t)rights,
                                     .before = rights_of(top, address, size)}};
    error = event_ask(&event);
    if (error < 0) {
        return error;
    }
    for (uint64_t i = 0; i < pages_in(size); i++) {
        page_table_protect(top, address + i * PAGE_SIZE, how);
    }
    event.type = EVENT_NOTIFY_MPROTECT;
    event_post(&event);
    return 0;
}
