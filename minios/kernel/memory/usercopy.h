// The only place where ring 0 opens a pointer that came from ring 3.
//
// A user pointer is a claim. `struct user_slice` carries the claim about; nothing but the
// functions below can turn it into bytes, and they check first. What a slice does NOT
// prove: that the memory is there, or that it belongs to the caller.
#ifndef MEMORY_USERCOPY_H
#define MEMORY_USERCOPY_H

#include <minios/abi.h>
#include <stdbool.h>

struct user_slice {
    uint64_t base;
    size_t size;
};

static inline struct user_slice user_slice(uint64_t base, size_t size)
{
    return (struct user_slice){base, size};
}

// Whether every page of the slice is a user page of the current address space (and
// writable). For calls that copy piece by piece, so that nothing happens by halves.
[[gnu::warn_unused_result]] bool user_slice_readable(struct user_slice slice);
[[gnu::warn_unused_result]] bool user_slice_writable(struct user_slice slice);

// Each returns false, and has copied nothing, unless every page of the slice is a user
// page of the current address space (and writable, for copy_to_user).
[[gnu::warn_unused_result]] bool copy_from_user(void *destination,
                                                struct user_slice source);
[[gnu::warn_unused_result]] bool copy_to_user(struct user_slice destination,
                                              const void *source);

// Copies text up to its NUL. False if there is none within `size` bytes.
[[gnu::warn_unused_result]] bool copy_text_from_user(char *destination, size_t size,
                                                     uint64_t source);

#endif
