// The only place where ring 0 uses a pointer that came from ring 3 (see usercopy.h).
//
// First we ask the page tables, then we copy the bytes. Can the answer become wrong in
// between? Here it cannot: the kernel does not move pages to disk, and a process has
// one thread, which is in this system call. In a kernel where another thread could
// unmap the page in the meantime, the copy itself would have to survive a fault.
#include "memory/usercopy.h"

#include "arch/cpu.h"
#include "base/direct_map.h"
#include "library/text.h"
#include "memory/page_table.h"

// `base + size <= USER_TOP` would be wrong: the sum can exceed 64 bits and wrap around
// to a small number. Base 0xfffffffffffff000, an address of the kernel, and size 0x1000
// give 0, and would pass.
static bool in_user_half(struct user_slice slice)
{
    return slice.size <= USER_TOP && slice.base <= USER_TOP - slice.size;
}

// Whether every page of the slice has these bits in its page-table entry. PTE_USER is
// the important one. The kernel's own pages are mapped, too, and the CPU lets us read
// them: it knows that ring 0 asks, but not that we ask for a program.
static bool pages_of(uint64_t top, struct user_slice slice, uint64_t rights)
{
    if (!in_user_half(slice)) {
        return false;
    }
    uint64_t first = slice.base & ~(uint64_t)(PAGE_SIZE - 1);
    for (uint64_t page = first; page < slice.base + slice.size; page += PAGE_SIZE) {
        if ((page_table_entry(top, page) & rights) != rights) {
            return false;
        }
    }
    return true;
}

// In the tables of the process that called.
static bool pages_have(struct user_slice slice, uint64_t rights)
{
    return pages_of(cpu_read_cr3(), slice, rights);
}

bool user_slice_readable(struct user_slice slice)
{
    return pages_have(slice, PTE_PRESENT | PTE_USER);
}

bool user_slice_writable(struct user_slice slice)
{
    return pages_have(slice, PTE_PRESENT | PTE_USER | PTE_WRITE);
}

// SMAP forbids ring 0 to touch user pages, so that a wrong pointer anywhere else in the
// kernel is a fault at once. For the time of the copy it is suspended.
long copy_from_user(void *destination, struct user_slice source)
{
    if (!user_slice_readable(source)) {
        return -ERROR_BAD_ADDRESS;
    }
    cpu_open_user_memory();
    memcpy(destination, (const void *)source.base, source.size);
    cpu_close_user_memory();
    return 0;
}

long copy_to_user(struct user_slice destination, const void *source)
{
    if (!user_slice_writable(destination)) {
        return -ERROR_BAD_ADDRESS;
    }
    cpu_open_user_memory();
    memcpy((void *)destination.base, source, destination.size);
    cpu_close_user_memory();
    return 0;
}

// The part of a slice up to the end of its first page, as the kernel sees it.
static uint8_t *first_page(uint64_t top, struct user_slice slice, size_t *size)
{
    uint64_t offset = slice.base % PAGE_SIZE;
    uint64_t entry = page_table_entry(top, slice.base);
    *size = slice.size < PAGE_SIZE - offset ? slice.size : PAGE_SIZE - offset;
    return (uint8_t *)physical_pointer(entry & PTE_FRAME) + offset;
}

long copy_from_process(void *destination, uint64_t top, struct user_slice source)
{
    if (!pages_of(top, source, PTE_PRESENT | PTE_USER)) {
        return -ERROR_BAD_ADDRESS;
    }
    uint8_t *to = destination;
    while (source.size > 0) {
        size_t size;
        const uint8_t *from = first_page(top, source, &size);
        memcpy(to, from, size);
        to += size;
        source = user_slice(source.base + size, source.size - size);
    }
    return 0;
}

long copy_to_process(uint64_t top, struct user_slice destination, const void *source)
{
    if (!pages_of(top, destination, PTE_PRESENT | PTE_USER)) {
        return -ERROR_BAD_ADDRESS;
    }
    const uint8_t *from = source;
    while (destination.size > 0) {
        size_t size;
        uint8_t *to = first_page(top, destination, &size);
        memcpy(to, from, size);
        from += size;
        destination = user_slice(destination.base + size, destination.size - size);
    }
    return 0;
}

// One character at a time, because nobody knows how long the text is. It may end
// directly before a page that is not mapped.
long copy_text_from_user(char *destination, size_t size, uint64_t source)
{
    for (size_t i = 0; i < size; i++) {
        long error = copy_from_user(&destination[i], user_slice(source + i, 1));
        if (error < 0 || destination[i] == '\0') {
            return error;
        }
    }
    return -ERROR_BAD_ADDRESS;
}
