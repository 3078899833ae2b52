// The heap of a program. It gets its memory from the kernel by the system call
// memory_map.
#ifndef USER_MEMORY_H
#define USER_MEMORY_H

#include <stddef.h>

// A block filled with zeros, at a multiple of 16, or NULL.
[[gnu::warn_unused_result]] void *memory_allocate(size_t size);

// Gives a block back; NULL is allowed.
void memory_free(void *block);

#endif
