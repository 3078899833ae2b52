// The only place where ring 0 uses a pointer that came from ring 3.
//
// A program asks the kernel for something with a system call. It can pass any number
// and say that it is a pointer: to nothing, or to the kernel's own memory. If the
// kernel followed it, it would crash, or overwrite itself on behalf of the program. So
// a user pointer is only a claim. `struct user_slice` carries the claim through the
// kernel. It holds a number, which nobody can dereference by mistake. Only the
// functions below turn it into bytes, and they check the page tables first. A slice by
// itself does NOT prove that the memory exists, or that it belongs to the program.
// (Drivers on Windows call ProbeForRead and ProbeForWrite for this.)
#pragma once

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

// Whether every page of the slice is a user page of the current process (and writable).
// For system calls that copy piece by piece: they check the whole slice before the
// first piece, so that they never stop in the middle.
[[nodiscard]] bool user_slice_readable(struct user_slice slice);
[[nodiscard]] bool user_slice_writable(struct user_slice slice);

// Copy a whole slice and return 0, or nothing and return -ERROR_BAD_ADDRESS: unless
// every page of the slice is a user page of the current process (for copy_to_user: and
// writable).
[[nodiscard]] long copy_from_user(void *destination, struct user_slice source);
[[nodiscard]] long copy_to_user(struct user_slice destination, const void *source);

// The same with memory of another process, which is not mapped here: the page tables with
// this top table say where it lies. Called at IRQL_HIGH, so that the process cannot end
// meanwhile. copy_to_process writes to pages that the process itself may only read, too:
// the frames are its own, and a debugger has to change code.
[[nodiscard]] long copy_from_process(void *destination, uint64_t top,
                                     struct user_slice source);
[[nodiscard]] long copy_to_process(uint64_t top, struct user_slice destination,
                                   const void *source);

// Copies text up to and with its final NUL. Returns -ERROR_BAD_ADDRESS if the memory is
// not the program's, or if there is no NUL within `size` bytes.
[[nodiscard]] long copy_text_from_user(char *destination, size_t size, uint64_t source);
