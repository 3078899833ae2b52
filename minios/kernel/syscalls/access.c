// System calls about other processes: opening one, and reading and changing its memory.
//
// Two processes take part, and neither pointer is believed: that of the caller's buffer,
// and the address in the other process. Both are slices for usercopy.c. The bytes go
// through a buffer of the kernel, a piece at a time: memory of the caller must not be
// touched at IRQL_HIGH, and the other process must not end while it is read.
#include "syscalls/dispatch.h"

#include "memory/usercopy.h"
#include "processes/access.h"
#include "processes/handle.h"
#include "processes/trace.h"

#define PIECE 256UL

long syscall_process_list(const struct trapframe *frame)
{
    struct process_entry entry;
    long error = access_list((uint32_t)frame->rdi, &entry);
    return error < 0 ? error
                     : copy_to_user(user_slice(frame->rsi, sizeof(entry)), &entry);
}

long syscall_process_open(const struct trapframe *frame)
{
    return frame->rsi > TASK_CONTROL
               ? -ERROR_BAD_ARGUMENT
               : access_open((uint32_t)frame->rdi, (uint32_t)frame->rsi);
}

long syscall_process_info(const struct trapframe *frame)
{
    struct process_info info;
    long error = access_info((uint32_t)frame->rdi, &info);
    return error < 0 ? error
                     : copy_to_user(user_slice(frame->rsi, sizeof(info)), &info);
}

long syscall_process_memory(const struct trapframe *frame)
{
    struct memory_range range;
    long error = access_memory((uint32_t)frame->rdi, frame->rsi, &range);
    return error < 0 ? error
                     : copy_to_user(user_slice(frame->rdx, sizeof(range)), &range);
}

static long read_piece(uint32_t handle, uint64_t address, struct user_slice to)
{
    uint8_t bytes[PIECE];
    long error = access_read(handle, address, bytes, to.size);
    return error < 0 ? error : copy_to_user(to, bytes);
}

static long write_piece(uint32_t handle, uint64_t address, struct user_slice from)
{
    uint8_t bytes[PIECE];
    long error = copy_from_user(bytes, from);
    return error < 0 ? error : access_write(handle, address, bytes, from.size);
}

// Copies piece by piece, and returns how many bytes were copied before the first error.
// If there are none: the error. An empty copy looks at the handle all the same.
static long copy(const struct trapframe *frame,
                 long (*copy_piece)(uint32_t, uint64_t, struct user_slice))
{
    size_t done = 0;
    long error;
    do {
        size_t left = frame->r10 - done;
        struct user_slice piece =
            user_slice(frame->rdx + done, left < PIECE ? left : PIECE);
        error = copy_piece((uint32_t)frame->rdi, frame->rsi + done, piece);
        done += error == 0 ? piece.size : 0;
    } while (error == 0 && done < frame->r10);
    return done > 0 ? (long)done : error;
}

long syscall_process_read(const struct trapframe *frame)
{
    return user_slice_writable(user_slice(frame->rdx, frame->r10))
               ? copy(frame, read_piece)
               : -ERROR_BAD_ADDRESS;
}

long syscall_process_write(const struct trapframe *frame)
{
    return user_slice_readable(user_slice(frame->rdx, frame->r10))
               ? copy(frame, write_piece)
               : -ERROR_BAD_ADDRESS;
}

long syscall_process_trace(const struct trapframe *frame)
{
    struct port *port = NULL;
    if (frame->rsi != 0) {
        port = handle_port((uint32_t)frame->rsi, true);
        if (port == NULL) {
            return -ERROR_BAD_HANDLE;
        }
    }
    return trace_set((uint32_t)frame->rdi, port);
}
