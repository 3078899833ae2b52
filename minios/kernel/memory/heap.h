// The kernel heap: blocks of any size, each run of pages followed by a guard page.
#ifndef MEMORY_HEAP_H
#define MEMORY_HEAP_H

#include <minios/abi.h>

// Zeroed memory, 16-byte aligned, or NULL.
[[gnu::warn_unused_result]] void *heap_allocate(size_t size);

// The same, with whatever was in it: only for who overwrites all of it.
[[gnu::warn_unused_result]] void *heap_allocate_uncleared(size_t size);
void heap_free(void *block);

// Bytes given out and not yet freed.
uint64_t heap_bytes_in_use(void);

#endif
