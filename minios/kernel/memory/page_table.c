// Page tables: four levels of tables with 512 entries each.
//
// For each access the CPU walks from the top table (its address is in CR3) to the page.
// A part of the virtual address is the index on each level:
//
//    63      48 47     39 38     30 29     21 20     12 11         0
//   | sign     | PML4    | PDPT    | PD      | PT      | offset     |
//
// PML4, PDPT, PD and PT are Intel's names for the levels, from the top to the lowest.
// If an entry on the way is not present, or does not grant the right, the CPU raises a
// page fault (#PF). See Intel SDM vol. 3A, "4-Level Paging and 5-Level Paging".
//
// The CPU demands a right on every level. Here, the upper levels grant all that the
// lowest could grant. So one entry alone decides, and a student can point at it.
#include "memory/page_table.h"

#include "arch/cpu.h"
#include "base/direct_map.h"
#include "base/stop.h"
#include "library/text.h"
#include "memory/frames.h"

#define LEVELS       4
#define ENTRIES      512
#define USER_ENTRIES 256

extern char kernel_text_start[], kernel_rodata_start[], kernel_data_start[],
    kernel_end[];

static uint64_t kernel_top;  // set once, by page_table_initialize

static unsigned index_of(uint64_t address, int level)
{
    return address >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

static uint64_t *table_of(uint64_t entry)
{
    return physical_pointer(entry & PTE_FRAME);
}

// Walks down to the entry of the lowest level, as the CPU does. With `create`, makes
// the tables that are missing; without, returns NULL for a missing one.
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

uint64_t page_table_unmap(uint64_t address)
{
    uint64_t *entry = entry_of(kernel_top, address, false);
    if (entry == NULL || !(*entry & PTE_PRESENT)) {
        return FRAME_NONE;
    }
    uint64_t frame = *entry & PTE_FRAME;
    *entry = 0;
    cpu_forget_page(address);  // or the CPU might go on using its copy of the entry
    return frame;
}

void page_table_protect(uint64_t address, enum page_rights rights)
{
    uint64_t *entry = entry_of(kernel_top, address, false);
    KERNEL_ASSERT(entry != NULL && *entry & PTE_PRESENT);
    *entry = (*entry & PTE_FRAME) | (uint64_t)rights | PTE_PRESENT;
    cpu_forget_page(address);
}

uint64_t page_table_entry(uint64_t top, uint64_t address)
{
    uint64_t *entry = entry_of(top, address, false);
    return entry == NULL ? 0 : *entry;
}

uint64_t page_table_kernel(void)
{
    return kernel_top;
}

uint64_t page_table_create(void)
{
    uint64_t top = frames_allocate();
    if (top != FRAME_NONE) {
        memcpy(table_of(top) + USER_ENTRIES, table_of(kernel_top) + USER_ENTRIES,
               (ENTRIES - USER_ENTRIES) * sizeof(uint64_t));
    }
    return top;
}

// Frees a table and everything below it. Level 0 is a page of the program itself.
static void free_tables(uint64_t entry, int level, unsigned entries)
{
    uint64_t *table = table_of(entry);
    for (unsigned i = 0; level > 0 && i < entries; i++) {
        if (table[i] & PTE_PRESENT) {
            free_tables(table[i], level - 1, ENTRIES);
        }
    }
    frames_free(entry & PTE_FRAME);
}

void page_table_destroy(uint64_t top)
{
    free_tables(top, LEVELS, USER_ENTRIES);
}

static void map_kernel(uint64_t address, uint64_t frame, enum page_rights rights)
{
    if (!page_table_map(kernel_top, address, frame, rights)) {
        stop_panic("no memory for the kernel's page tables");
    }
}

// The rights for a page of the kernel's own image. This is where a store into the
// kernel's code becomes a fault (stop code 0xBE), and data cannot be run (0xFC).
static enum page_rights image_rights(uint64_t address)
{
    if (address < (uint64_t)kernel_text_start ||
        address >= (uint64_t)kernel_data_start) {
        return PAGE_READ_WRITE;
    }
    return address < (uint64_t)kernel_rodata_start ? PAGE_EXECUTE : PAGE_READ;
}

// Fills the direct map, which shows all of physical memory. The kernel's own code and
// constants are read-only here, too. A second mapping that is writable would defeat
// their protection: a driver could change the code through it. For speed the entries
// are filled a whole table at a time: one walk finds the first entry, the others follow
// it.
static void map_all_memory(void)
{
    for (uint64_t block = 0; block < RAM_BYTES; block += ENTRIES * PAGE_SIZE) {
        uint64_t *entries = entry_of(kernel_top, DIRECT_MAP + block, true);
        if (entries == NULL) {
            stop_panic("no memory for the kernel's page tables");
        }
        for (uint64_t i = 0; i < ENTRIES; i++) {
            uint64_t frame = block + i * PAGE_SIZE;
            enum page_rights rights = image_rights(KERNEL_BASE + frame);
            if (rights == PAGE_EXECUTE) {
                rights = PAGE_READ;
            }
            entries[i] = frame | (uint64_t)rights | PTE_PRESENT;
        }
    }
}

// Gives each top-level entry that the kernel will ever use its table now.
// page_table_create copies the entries, so one that came later would be missing in
// older processes.
static void reserve_upper_half(void)
{
    uint64_t *table = table_of(kernel_top);
    static const uint64_t regions[] = {KERNEL_HEAP, KERNEL_STACKS, KERNEL_BASE};
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        uint64_t *entry = &table[index_of(regions[i], LEVELS)];
        if (!(*entry & PTE_PRESENT)) {
            *entry = frames_allocate() | PTE_PRESENT | PTE_WRITE;
        }
    }
}

void page_table_initialize(void)
{
    kernel_top = frames_allocate();
    map_all_memory();
    for (uint64_t address = (uint64_t)kernel_text_start; address < (uint64_t)kernel_end;
         address += PAGE_SIZE) {
        map_kernel(address, address - KERNEL_BASE, image_rights(address));
    }
    reserve_upper_half();
    cpu_write_cr3(kernel_top);
    cpu_write_cr4(cpu_read_cr4() | CR4_SMEP | CR4_SMAP);
    cpu_close_user_memory();
}
