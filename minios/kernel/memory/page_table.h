// Page tables: which address is where, and what each ring may do there.
#ifndef MEMORY_PAGE_TABLE_H
#define MEMORY_PAGE_TABLE_H

#include <minios/abi.h>
#include <stdbool.h>

// A page-table entry (Intel SDM vol. 3A, "4-Level Paging and 5-Level Paging"):
//
//   63 | 62..52 | 51..12         | 11..9 | 8 | 7    | 6 | 5 | 4   | 3   | 2   | 1   | 0
//   XD | -      | frame address  | -     | G | PAT  | D | A | PCD | PWT | U/S | R/W | P
//    |                                                 |   |     |     |     |     present
//    no execute                                    dirty  |     |     |     writable
//                                                  accessed   no cache  user: ring 3 may
#define PTE_PRESENT    (1UL << 0)
#define PTE_WRITE      (1UL << 1)
#define PTE_USER       (1UL << 2)
#define PTE_NO_CACHE   (1UL << 4)
#define PTE_NO_EXECUTE (1UL << 63)
#define PTE_FRAME      0x000ffffffffff000UL

// What a page is for. There is no right that is both writable and executable.
enum page_rights {
    PAGE_READ = PTE_NO_EXECUTE,
    PAGE_READ_WRITE = PTE_WRITE | PTE_NO_EXECUTE,
    PAGE_EXECUTE = 0,
    PAGE_DEVICE = PTE_WRITE | PTE_NO_EXECUTE | PTE_NO_CACHE,
    PAGE_USER_READ = PTE_USER | PTE_NO_EXECUTE,
    PAGE_USER_READ_WRITE = PTE_USER | PTE_WRITE | PTE_NO_EXECUTE,
    PAGE_USER_EXECUTE = PTE_USER,
};

// Builds the kernel's tables and switches to them, then turns on SMEP and SMAP.
void page_table_initialize(void);

// The kernel's own top table: its upper half is shared by every address space.
uint64_t page_table_kernel(void);

// A new top table: an empty lower half, the kernel's upper half. FRAME_NONE if no memory.
[[gnu::warn_unused_result]] uint64_t page_table_create(void);

// Frees the lower half with every page in it, and the top table. Must not be in use.
void page_table_destroy(uint64_t top);

// Maps one page. False: no memory for a table.
[[gnu::warn_unused_result]] bool
page_table_map(uint64_t top, uint64_t address, uint64_t frame, enum page_rights rights);

// Unmaps one page of the kernel's half; returns its frame, or FRAME_NONE.
uint64_t page_table_unmap(uint64_t address);

// Changes the rights of a mapped page.
void page_table_protect(uint64_t address, enum page_rights rights);

// The entry that maps an address, 0 if there is none; rights are those of the last level.
uint64_t page_table_entry(uint64_t top, uint64_t address);

#endif
