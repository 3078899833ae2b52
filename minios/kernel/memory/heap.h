// The kernel heap: blocks of any size, each run of pages followed by a guard page.
#ifndef MEMORY_HEAP_H
#define MEMORY_HEAP_H

#include <minios/abi.h>
#include <stdbool.h>

// Reads the boot option `pool=guarded`.
void heap_initialize(void);

// Zeroed memory, 16-byte aligned, or NULL.
[[gnu::warn_unused_result]] void *heap_allocate(size_t size);

// The same, with whatever was in it: only for who overwrites all of it.
[[gnu::warn_unused_result]] void *heap_allocate_uncleared(size_t size);

// Stops the machine if that is no block, not any more, or a damaged one.
void heap_free(void *block);

// Bytes given out and not yet freed.
uint64_t heap_bytes_in_use(void);

// What the heap knows about an address at which no page is.
enum heap_absence {
    HEAP_NOT_OURS,    // not an address of the heap
    HEAP_BEYOND_END,  // right behind a run of pages
    HEAP_FREED,       // it was part of one once
};
enum heap_absence heap_absence_of(uint64_t address);

// Whether every block has pages of its own, so that an overrun cannot go unnoticed.
bool heap_is_guarded(void);

#endif
