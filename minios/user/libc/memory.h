// A heap for programs that need one.
#ifndef USER_MEMORY_H
#define USER_MEMORY_H

#include <stddef.h>

// Zeroed memory, aligned to 16 bytes, or NULL.
[[gnu::warn_unused_result]] void *memory_allocate(size_t size);

// Gives a block back; NULL is allowed.
void memory_free(void *block);

#endif
