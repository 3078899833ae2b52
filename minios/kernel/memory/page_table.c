// Page tables: a tree of tables on four levels, with 512 entries in each table.
//
// One array with an entry for every page would need 2^36 entries. A tree needs tables
// only where something is mapped. For each access the CPU walks from the top table to
// the page. A part of the virtual address is the index on each level:
//
//    63      48 47     39 38     30 29     21 20     12 11         0
//   | = bit 47 | index   | index   | index   | index   | offset     |
//                   |         |         |         |          |
//                   v         v         v         v          v
//         CR3 ---> PML4 ---> PDPT ----> PD -----> PT -----> page
//      level        4         3         2         1
//
// PML4, PDPT, PD and PT are Intel's names. The top 16 bits must be copies of bit 47. So
// there are two halves: low addresses for the program, high addresses for the kernel.
//
// If an entry on the way is not present, or does not grant the right, the CPU raises a
// page fault (#PF). It demands a right on every level. Here, the upper levels grant all
// that the lowest could grant. So one entry alone decides, and a student can point at
// it. See Intel SDM vol. 3A, "4-Level Paging and 5-Level Paging".
#include "memory/page_table.h"

#include "arch/cpu.h"
#include "base/direct_map.h"
#include "base/stop.h"
#include "library/text.h"
#include "memory/frames.h"

#define LEVELS       4
#define OFFSET_BITS  12
#define INDEX_BITS   9
#define ENTRIES      (1 << INDEX_BITS)
#define USER_ENTRIES (ENTRIES / 2)  // of a top table: the lower half

static uint64_t kernel_top;  // set once, by page_table_initialize

// ---- One address: finding its entry, and changing it.

static unsigned index_of(uint64_t address, int level)
{
    return address >> (OFFSET_BITS + INDEX_BITS * (level - 1)) & (ENTRIES - 1);
}

// The table to which an entry leads, or the top table with this address. That address
// is physical, but a pointer has to be virtual. The direct map translates: it shows all
// of physical memory at the virtual addresses from DIRECT_MAP on (base/direct_map.h).
static uint64_t *table_of(uint64_t entry)
{
    return physical_pointer(entry & PTE_FRAME);
}

// Walks down to the entry of the lowest level, as the CPU does. With `create`, makes
// the tables that are missing; without, returns NULL for a missing one. A new table is
// all zeros: nothing is present. The entry that leads to it grants all rights, to ring
// 3 only in the program's half.
static uint64_t *entry_of(uint64_t top, uint64_t address, bool create)
{
    uint64_t *table = table_of(top);
    for (int level = LEVELS; level > 1; level--) {
        uint64_t *entry = &table[index_of(address, level)];
        if (!(*entry & PTE_PRESENT)) {
            uint64_t frame = create ? frames_allocate() : FRAME_NONE;
            if (frame == FRAME_NONE) {
                return NULL;
            }
            uint64_t user = address < USER_TOP ? PTE_USER : 0;
            *entry = frame | PTE_PRESENT | PTE_WRITE | user;
        }
        table = table_of(*entry);
    }
    return &table[index_of(address, 1)];
}

uint64_t page_table_entry(uint64_t top, uint64_t address)
{
    uint64_t *entry = entry_of(top, address, false);
    return entry == NULL ? 0 : *entry;
}

// The CPU keeps copies of entries that it has used (the TLB), but never of one that is
// not present. So only functions that change or take away what is present, all of them
// after this one, have to make it forget a copy.
bool page_table_map(uint64_t top, uint64_t address, uint64_t frame,
                    enum page_rights rights)
{
    uint64_t *entry = entry_of(top, address, true);
    if (entry == NULL) {
        return false;
    }
    KERNEL_ASSERT(!(*entry & PTE_PRESENT));
    *entry = frame | (uint64_t)rights | PTE_PRESENT;
    return true;
}

uint64_t page_table_unmap(uint64_t top, uint64_t address)
{
    uint64_t *entry = entry_of(top, address, false);
    if (entry == NULL || !(*entry & PTE_PRESENT)) {
        return FRAME_NONE;
    }
    uint64_t frame = *entry & PTE_FRAME;
    *entry = 0;
    cpu_forget_page(address);
    return frame;
}

uint64_t page_table_missing(uint64_t top, uint64_t address)
{
    const uint64_t *table = table_of(top);
    for (int level = LEVELS; level > 1; level--) {
        uint64_t entry = table[index_of(address, level)];
        if (!(entry & PTE_PRESENT)) {
            return (uint64_t)level - 1;
        }
        table = table_of(entry);
    }
    return 0;
}

static bool is_empty(const uint64_t *table)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (table[i] & PTE_PRESENT) {
            return false;
        }
    }
    return true;
}

// From the lowest level up: a table may be empty only once those below it are gone. An
// entry is cleared before its table is free: the CPU keeps copies of these entries, too,
// and whoever reads the tables of another process must not meet one that is free.
static uint64_t trim(uint64_t *table, int level, uint64_t address)
{
    uint64_t *entry = &table[index_of(address, level)];
    if (level == 1 || !(*entry & PTE_PRESENT)) {
        return 0;
    }
    uint64_t *below = table_of(*entry);
    uint64_t freed = trim(below, level - 1, address);
    if (is_empty(below)) {
        uint64_t frame = *entry & PTE_FRAME;
        *entry = 0;
        cpu_forget_page(address);
        frames_free(frame);
        freed++;
    }
    return freed;
}

uint64_t page_table_trim(uint64_t top, uint64_t address)
{
    KERNEL_ASSERT(address < USER_TOP);
    return trim(table_of(top), LEVELS, address);
}

void page_table_free_pages(uint64_t address, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++) {
        frames_free(page_table_unmap(kernel_top, address + i * PAGE_SIZE));
    }
}

bool page_table_map_pages(uint64_t address, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t frame = frames_allocate_uncleared();
        uint64_t page = address + i * PAGE_SIZE;
        if (frame == FRAME_NONE ||
            !page_table_map(kernel_top, page, frame, PAGE_READ_WRITE)) {
            frames_free(frame);
            page_table_free_pages(address, i);
            return false;
        }
    }
    return true;
}

void page_table_protect(uint64_t top, uint64_t address, enum page_rights rights)
{
    uint64_t *entry = entry_of(top, address, false);
    KERNEL_ASSERT(entry != NULL && *entry & PTE_PRESENT);
    *entry = (*entry & PTE_FRAME) | (uint64_t)rights | PTE_PRESENT;
    cpu_forget_page(address);
}

// ---- The kernel's half.

// Addresses that kernel.ld defines. The kernel's code begins at the first. Then come
// its constants, and then its data, up to kernel_end.
extern char kernel_text_start[], kernel_rodata_start[], kernel_data_start[],
    kernel_end[];

// What the kernel's half shows at first. A page of the kernel's image is seen at two
// addresses: in the image, and in the direct map of all memory. The rights for the image
// are where a store into the kernel's code becomes a fault (stop code 0xBE), and data
// cannot be run (0xFC). Its code and constants are read-only in the direct map, too.
// Otherwise a driver could change the code through this second mapping.
static const struct {
    uint64_t window;      // where physical address 0 is seen
    uint64_t start, end;  // as addresses in the image
    enum page_rights rights;
} ranges[] = {
    {DIRECT_MAP, KERNEL_BASE, KERNEL_BASE + RAM_BYTES, PAGE_READ_WRITE},
    {DIRECT_MAP, (uint64_t)kernel_text_start, (uint64_t)kernel_data_start, PAGE_READ},
    {KERNEL_BASE, (uint64_t)kernel_text_start, (uint64_t)kernel_rodata_start,
     PAGE_EXECUTE},
    {KERNEL_BASE, (uint64_t)kernel_rodata_start, (uint64_t)kernel_data_start,
     PAGE_READ},
    {KERNEL_BASE, (uint64_t)kernel_data_start, (uint64_t)kernel_end, PAGE_READ_WRITE},
};

// Fills the entries for a range of virtual addresses behind which physical memory lies in
// the same order. For speed a whole table at a time: one walk finds the first entry, the
// others follow it.
static void map_range(uint64_t start, uint64_t end, uint64_t frame,
                      enum page_rights rights)
{
    while (start < end) {
        uint64_t *entry = entry_of(kernel_top, start, true);
        if (entry == NULL) {
            stop_panic("no memory for the kernel's page tables");
        }
        uint64_t next_table = (start | (ENTRIES * PAGE_SIZE - 1)) + 1;
        uint64_t stop = next_table < end ? next_table : end;
        uint64_t value = frame | (uint64_t)rights | PTE_PRESENT;
        for (uint64_t at = start; at < stop; at += PAGE_SIZE, value += PAGE_SIZE) {
            *entry++ = value;
        }
        frame += stop - start;
        start = stop;
    }
}

// Gives each top-level entry that the kernel will ever use its table now (the direct
// map has one already). page_table_create copies the entries, so one that came later
// would be missing in older processes.
static void reserve_upper_half(void)
{
    uint64_t *table = table_of(kernel_top);
    static const uint64_t regions[] = {KERNEL_HEAP, KERNEL_STACKS, KERNEL_BASE};
    for (size_t i = 0; i < COUNT(regions); i++) {
        uint64_t *entry = &table[index_of(regions[i], LEVELS)];
        if (!(*entry & PTE_PRESENT)) {
            *entry = frames_allocate() | PTE_PRESENT | PTE_WRITE;
        }
    }
}

void page_table_initialize(void)
{
    kernel_top = frames_allocate();
    for (size_t i = 0; i < COUNT(ranges); i++) {
        uint64_t start = ranges[i].start - KERNEL_BASE;
        uint64_t end = ranges[i].end - KERNEL_BASE;
        map_range(ranges[i].window + start, ranges[i].window + end, start,
                  ranges[i].rights);
    }
    reserve_upper_half();
    cpu_write_cr3(kernel_top);  // this code goes on: it lies at the same address there
}

uint64_t page_table_kernel(void)
{
    return kernel_top;
}

// ---- The tables of a process.

uint64_t page_table_create(void)
{
    uint64_t top = frames_allocate();
    if (top != FRAME_NONE) {
        memcpy(table_of(top) + USER_ENTRIES, table_of(kernel_top) + USER_ENTRIES,
               (ENTRIES - USER_ENTRIES) * sizeof(uint64_t));
    }
    return top;
}

// Frees a table, the tables below it, and the pages of the program (level 0).
static void free_tree(uint64_t entry, int level, unsigned entries)
{
    uint64_t *table = table_of(entry);
    for (unsigned i = 0; level > 0 && i < entries; i++) {
        if (table[i] & PTE_PRESENT) {
            free_tree(table[i], level - 1, ENTRIES);
        }
    }
    frames_free(entry & PTE_FRAME);
}

void page_table_destroy(uint64_t top)
{
    free_tree(top, LEVELS, USER_ENTRIES);
}

// Looks in one table, whose first entry is for the address `base`. An entry that is not
// present spares all that would lie below it.
static uint64_t next_in(uint64_t entry, int level, uint64_t base, uint64_t address)
{
    const uint64_t *table = table_of(entry);
    uint64_t each = 1UL << (OFFSET_BITS + INDEX_BITS * (level - 1));
    unsigned entries = level == LEVELS ? USER_ENTRIES : ENTRIES;
    unsigned first = address > base ? index_of(address, level) : 0;
    uint64_t found = USER_TOP;
    for (unsigned i = first; i < entries && found == USER_TOP; i++) {
        uint64_t start = base + i * each;
        if (table[i] & PTE_PRESENT) {
            found = level == 1 ? start : next_in(table[i], level - 1, start, address);
        }
    }
    return found;
}

uint64_t page_table_next(uint64_t top, uint64_t address)
{
    return address < USER_TOP ? next_in(top, LEVELS, 0, address) : USER_TOP;
}
