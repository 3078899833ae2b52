// The kernel heap: memory of any size for the kernel and its drivers. Windows calls
// this the pool. heap.c explains the layout.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Reads the boot option `pool=guarded`.
void heap_initialize(void);

// Gives out a block filled with zeros, at a multiple of 16. NULL if no memory is left.
[[nodiscard]] void *heap_allocate(size_t size);

// The same, but faster: the block still holds old data. Only for callers that overwrite
// all of it.
[[nodiscard]] void *heap_allocate_uncleared(size_t size);

// Takes a block back. Stops the machine if the pointer is not a block, if the block was
// freed before, or if its header is damaged. NULL is allowed and does nothing.
void heap_free(void *block);

// Bytes given out and not yet freed.
uint64_t heap_bytes_in_use(void);

// What the heap knows about an address where no page is mapped. stop_rule.c asks this,
// to tell an overrun from the use of a freed block.
enum heap_absence {
    HEAP_NOT_OURS,    // not an address of the heap
    HEAP_BEYOND_END,  // right behind a run of pages: somebody wrote past the end
    HEAP_FREED,       // part of a run that was freed
};
enum heap_absence heap_absence_of(uint64_t address);

// Whether every block has pages of its own, so that each overrun is a fault at once.
// The boot option `pool=guarded` switches this on. Windows calls it the special pool,
// which Driver Verifier uses.
bool heap_is_guarded(void);
