// Page tables: where each virtual address lies in physical memory, and what each ring
// may do there.
//
// Every pointer is a virtual address. For each access the CPU looks it up in the page
// tables, and finds a frame: a page of physical memory, that is, of the memory chips.
// So each process can have memory of its own. The CPU begins at the top table, whose
// physical address is in the register CR3; page_table.c shows the way.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// A page-table entry, PTE (Intel SDM vol. 3A, "4-Level Paging and 5-Level Paging"):
//
//   63 | 62..52 | 51..12        | 11..9 | 8 | 7   | 6 | 5 | 4   | 3   | 2   | 1   | 0
//   XD | -      | frame address | -     | G | PAT | D | A | PCD | PWT | U/S | R/W | P
//
// The address of a frame is a multiple of 4096: its low 12 bits are 0, and their place
// is free for other bits. The CPU itself sets A ("accessed") and D ("dirty": written).
#define PTE_PRESENT    (1UL << 0)   // P; without it, every access is a fault
#define PTE_WRITE      (1UL << 1)   // R/W
#define PTE_USER       (1UL << 2)   // U/S; without it, ring 3 may do nothing here
#define PTE_NO_CACHE   (1UL << 4)   // PCD; for the registers of devices
#define PTE_NO_EXECUTE (1UL << 63)  // XD
#define PTE_FRAME      0x000ffffffffff000UL

// What a page is for. Reading needs no bit, and executing the absence of XD. No right
// allows both writing and executing. Otherwise an attacker who can write data somewhere
// could write instructions there and run them.
enum page_rights {
    PAGE_READ = PTE_NO_EXECUTE,
    PAGE_READ_WRITE = PTE_WRITE | PTE_NO_EXECUTE,
    PAGE_EXECUTE = 0,
    PAGE_DEVICE = PTE_WRITE | PTE_NO_EXECUTE | PTE_NO_CACHE,
    PAGE_USER_READ = PTE_USER | PTE_NO_EXECUTE,
    PAGE_USER_READ_WRITE = PTE_USER | PTE_WRITE | PTE_NO_EXECUTE,
    PAGE_USER_EXECUTE = PTE_USER,
};

// Called once, by kernel_main. Builds the kernel's tables and switches to them.
void page_table_initialize(void);

// The kernel's own top table, as a physical address. Every process has the upper half
// of this table in its own, so that the kernel is mapped whichever process runs.
uint64_t page_table_kernel(void);

// Makes the top table of a new process: the lower half is empty, the upper half is the
// kernel's. Returns FRAME_NONE if no memory is left.
[[nodiscard]] uint64_t page_table_create(void);

// Frees the top table, and the lower half with every page in it. CR3 must not point to
// it any more: the CPU would go on reading tables that somebody else may overwrite.
void page_table_destroy(uint64_t top);

// Lets the address of a page lead to a frame. False if there is no memory for a table.
[[nodiscard]] bool page_table_map(uint64_t top, uint64_t address, uint64_t frame,
                                  enum page_rights rights);

// Unmaps one page, and returns its frame, or FRAME_NONE if there is none. The tables are
// those of the kernel, whose half is the same in every top table, or those in CR3.
uint64_t page_table_unmap(uint64_t top, uint64_t address);

// How many tables are missing on the way to an address: page_table_map will make them.
uint64_t page_table_missing(uint64_t top, uint64_t address);

// Frees the tables on the way to an address of the program's half in which nothing is
// present any more, and returns how many. Called once what they have mapped is unmapped.
uint64_t page_table_trim(uint64_t top, uint64_t address);

// Maps some pages of the kernel's half, one after the other, to frames that still hold
// old data: all of them or none. False if no memory is left.
[[nodiscard]] bool page_table_map_pages(uint64_t address, uint64_t pages);

// Unmaps such pages, where there are some, and gives their frames back.
void page_table_free_pages(uint64_t address, uint64_t pages);

// Changes the rights of a mapped page, in such tables.
void page_table_protect(uint64_t top, uint64_t address, enum page_rights rights);

// The entry of the lowest level that maps an address, or 0 if there is none.
uint64_t page_table_entry(uint64_t top, uint64_t address);

// The first page of the program's half that is mapped, at this address or above it.
// USER_TOP if there is none.
uint64_t page_table_next(uint64_t top, uint64_t address);
