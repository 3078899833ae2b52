// System calls about files that are open, and about everything that is read and written
// like a file: the console, the link and named pipes.
#include "disk/files.h"

#include "devices/console.h"
#include "devices/serial.h"
#include "events/event.h"
#include "ipc/pipe.h"
#include "library/text.h"
#include "memory/usercopy.h"
#include "plugins/approvals.h"
#include "processes/handle.h"
#include "processes/protection.h"
#include "syscalls/dispatch.h"
#include "syscalls/file_events.h"

// Bytes go through a buffer on the kernel stack, piece by piece. So user memory is open
// only during the copy of one piece, and never while the code waits for the disk.
#define PIECE_BYTES 512

static enum handle_kind device_of(const char *path)
{
    if (text_equal(path, "/DEV/CONSOLE")) {
        return HANDLE_CONSOLE;
    }
    return text_equal(path, "/DEV/LINK") ? HANDLE_LINK : HANDLE_NONE;
}

static long open_device(const char *path, uint32_t rights, struct handle *handle)
{
    if (handle->kind == HANDLE_LINK && !(rights & RIGHT_LINK)) {
        return -ERROR_NOT_PERMITTED;
    }
    long error = ask_about_new(EVENT_AUTH_IOKIT_OPEN, path, handle->flags);
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_IOKIT_OPEN, path, handle->flags);
    }
    return error;
}

// What an `open` will do. The program's flags leave it open whether a file is made.
struct opening {
    uint32_t flags;
    bool creates, truncates;
};

// Finds out what these flags will do to this path. From then on the flags say exactly
// that: if the file comes or goes while somebody is asked, `open` fails.
static void plan_opening(const char *path, struct opening *opening)
{
    struct file_status status;
    bool exists = files_status(path, &status) == 0;
    opening->creates = !exists && opening->flags & OPEN_CREATE;
    opening->truncates = exists && opening->flags & OPEN_TRUNCATE;
    if (opening->creates) {
        opening->flags |= OPEN_ONLY_NEW;
    } else {
        opening->flags &= ~(uint32_t)OPEN_CREATE;
    }
}

static bool is_opening_wanted(void)
{
    return event_is_wanted(EVENT_AUTH_OPEN) || event_is_wanted(EVENT_AUTH_CREATE) ||
           event_is_wanted(EVENT_AUTH_TRUNCATE) ||
           event_is_wanted(EVENT_NOTIFY_CREATE) ||
           event_is_wanted(EVENT_NOTIFY_TRUNCATE);
}

static long ask_to_open(const char *path, const struct opening *opening, uint32_t flags)
{
    long error = 0;
    if (opening->creates) {
        error = ask_about_new(EVENT_AUTH_CREATE, path, flags);
    }
    if (error == 0) {
        error = opening->creates ? ask_about_new(EVENT_AUTH_OPEN, path, flags)
                                 : ask_about_path(EVENT_AUTH_OPEN, path, flags);
    }
    if (error == 0 && opening->truncates) {
        error = ask_about_path(EVENT_AUTH_TRUNCATE, path, 0);
    }
    return error;
}

static long open_file(const char *path, uint32_t rights, struct handle *handle)
{
    uint32_t changes = OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE;
    bool may =
        rights & RIGHT_DISK_WRITE && !approvals_own(path) && !protection_keeps(path);
    if (handle->flags & changes && !may) {
        return -ERROR_NOT_PERMITTED;
    }
    struct opening opening = {.flags = handle->flags};
    long error = 0;
    if (is_opening_wanted()) {
        plan_opening(path, &opening);
        error = ask_to_open(path, &opening, handle->flags);
    }
    if (error == 0) {
        handle->kind = HANDLE_FILE;
        error = files_open(path, opening.flags, &handle->file);
    }
    if (error < 0) {
        return error;
    }
    if (opening.creates) {
        tell_about_path(EVENT_NOTIFY_CREATE, path, handle->flags);
    }
    tell_about_path(EVENT_NOTIFY_OPEN, path, handle->flags);
    if (opening.truncates) {
        forget_path(path);
        tell_about_path(EVENT_NOTIFY_TRUNCATE, path, 0);
    }
    return 0;
}

long syscall_open(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    struct handle handle = {.flags = (uint32_t)frame->rsi};
    uint32_t rights = process_current()->rights;
    long error = path_from_user(path, frame->rdi);
    if (error < 0) {
        return error;
    }
    handle.kind = device_of(path);
    error = handle.kind == HANDLE_NONE ? open_file(path, rights, &handle)
                                       : open_device(path, rights, &handle);
    return error < 0 ? error : handle_install(handle);
}

long syscall_close(const struct trapframe *frame)
{
    struct handle *handle = handle_get((uint32_t)frame->rdi);
    return handle == NULL ? -ERROR_BAD_HANDLE : handle_close(handle);
}

static long read_piece(struct handle *handle, char *piece, size_t size)
{
    long count;
    switch (handle->kind) {
    case HANDLE_CONSOLE:
    case HANDLE_LINK:
        count = (long)serial_read(
            handle->kind == HANDLE_LINK ? SERIAL_LINK : SERIAL_CONSOLE, piece, size);
        return count == 0 ? -ERROR_CLOSED : count;
    case HANDLE_PIPE_SERVER:
        return pipe_read(handle->pipe, PIPE_SERVER, piece, size);
    case HANDLE_PIPE_CLIENT:
        return pipe_read(handle->pipe, PIPE_CLIENT, piece, size);
    case HANDLE_FILE:
        if (!(handle->flags & OPEN_READ)) {
            return -ERROR_NOT_PERMITTED;
        }
        count = files_read(handle->file, handle->position, piece, size);
        handle->position += count > 0 ? (uint32_t)count : 0;
        return count;
    default:
        return -ERROR_BAD_HANDLE;
    }
}

long syscall_read(const struct trapframe *frame)
{
    char piece[PIECE_BYTES];
    struct handle *handle = handle_get((uint32_t)frame->rdi);
    if (handle == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    if (!user_slice_writable(user_slice(frame->rsi, frame->rdx))) {
        return -ERROR_BAD_ADDRESS;
    }
    size_t done = 0;
    while (done < frame->rdx) {
        size_t left = frame->rdx - done;
        size_t wanted = left < PIECE_BYTES ? left : PIECE_BYTES;
        long count = read_piece(handle, piece, wanted);
        if (count < 0) {
            return done > 0 ? (long)done : count;
        }
        if (copy_to_user(user_slice(frame->rsi + done, (size_t)count), piece) < 0) {
            return -ERROR_BAD_ADDRESS;
        }
        done += (size_t)count;
        // Only a file certainly has more bytes. For a pipe, the next read might wait.
        if ((size_t)count < wanted || handle->kind != HANDLE_FILE) {
            break;
        }
    }
    return (long)done;
}

long syscall_input_wait(const struct trapframe *frame)
{
    const struct handle *handle = handle_get((uint32_t)frame->rdi);
    if (handle == NULL ||
        (handle->kind != HANDLE_CONSOLE && handle->kind != HANDLE_LINK)) {
        return -ERROR_BAD_HANDLE;
    }
    enum serial_line line = handle->kind == HANDLE_LINK ? SERIAL_LINK : SERIAL_CONSOLE;
    return serial_wait(line, frame->rsi) ? 0 : -ERROR_TIMED_OUT;
}

static long write_piece(struct handle *handle, const char *piece, size_t size)
{
    long count;
    switch (handle->kind) {
    case HANDLE_CONSOLE:
        console_write(piece, size);
        return (long)size;
    case HANDLE_LINK:
        serial_write(SERIAL_LINK, piece, size);
        return (long)size;
    case HANDLE_PIPE_SERVER:
        return pipe_write(handle->pipe, PIPE_SERVER, piece, size);
    case HANDLE_PIPE_CLIENT:
        return pipe_write(handle->pipe, PIPE_CLIENT, piece, size);
    case HANDLE_FILE:
        if (!(handle->flags & OPEN_WRITE)) {
            return -ERROR_NOT_PERMITTED;
        }
        count = files_write(handle->file, handle->position, piece, size);
        handle->position += count > 0 ? (uint32_t)count : 0;
        return count;
    default:
        return -ERROR_BAD_HANDLE;
    }
}

static long write_pieces(struct handle *handle, struct user_slice bytes)
{
    char piece[PIECE_BYTES];
    size_t done = 0;
    while (done < bytes.size) {
        size_t left = bytes.size - done;
        size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
        if (copy_from_user(piece, user_slice(bytes.base + done, size)) < 0) {
            return -ERROR_BAD_ADDRESS;
        }
        long count = write_piece(handle, piece, size);
        if (count < 0) {
            return done > 0 ? (long)done : count;
        }
        done += (size_t)count;
    }
    return (long)done;
}

long syscall_write(const struct trapframe *frame)
{
    struct handle *handle = handle_get((uint32_t)frame->rdi);
    struct user_slice bytes = user_slice(frame->rsi, frame->rdx);
    if (handle == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    if (!user_slice_readable(bytes)) {
        return -ERROR_BAD_ADDRESS;
    }
    if (handle->kind == HANDLE_FILE && handle->flags & OPEN_WRITE) {
        long error = ask_about_open(EVENT_AUTH_WRITE, handle->file, 0);
        if (error < 0) {
            return error;
        }
    }
    long done = write_pieces(handle, bytes);
    if (done > 0 && handle->kind == HANDLE_FILE) {
        forget_open(handle->file);
        tell_about_open(EVENT_NOTIFY_WRITE, handle->file, 0);
    }
    return done;
}

long syscall_seek(const struct trapframe *frame)
{
    struct handle *handle = handle_get((uint32_t)frame->rdi);
    if (handle == NULL || handle->kind != HANDLE_FILE) {
        return -ERROR_BAD_HANDLE;
    }
    handle->position = (uint32_t)frame->rsi;
    return 0;
}

long syscall_truncate(const struct trapframe *frame)
{
    const struct handle *handle = handle_get((uint32_t)frame->rdi);
    uint32_t size = (uint32_t)frame->rsi;
    if (handle == NULL || handle->kind != HANDLE_FILE) {
        return -ERROR_BAD_HANDLE;
    }
    if (!(handle->flags & OPEN_WRITE)) {
        return -ERROR_NOT_PERMITTED;
    }
    long error = ask_about_open(EVENT_AUTH_TRUNCATE, handle->file, size);
    if (error == 0) {
        error = files_truncate(handle->file, size);
    }
    if (error == 0) {
        forget_open(handle->file);
        tell_about_open(EVENT_NOTIFY_TRUNCATE, handle->file, size);
    }
    return error;
}

long syscall_handle_path(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    const struct handle *handle = handle_get((uint32_t)frame->rdi);
    if (handle == NULL || handle->kind != HANDLE_FILE) {
        return -ERROR_BAD_HANDLE;
    }
    long error = files_path(handle->file, path);
    if (error == 0) {
        error = ask_about_open(EVENT_AUTH_FSGETPATH, handle->file, 0);
    }
    if (error < 0) {
        return error;
    }
    tell_about_open(EVENT_NOTIFY_FSGETPATH, handle->file, 0);
    size_t size = strlen(path) + 1;
    return size > frame->rdx ? -ERROR_BAD_ARGUMENT
                             : copy_to_user(user_slice(frame->rsi, size), path);
}

// Two handles to a file share its bytes. Each has its own position: unlike on Unix, where
// `dup` shares that, too.
long syscall_duplicate(const struct trapframe *frame)
{
    const struct handle *handle = handle_get((uint32_t)frame->rdi);
    if (handle == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    switch (handle->kind) {
    case HANDLE_CONSOLE:
    case HANDLE_LINK:
        return handle_install(*handle);
    case HANDLE_FILE:
        break;
    default:
        return -ERROR_BAD_HANDLE;  // an end of a pipe and a port have one owner
    }
    files_share(handle->file);
    long number = handle_install(*handle);
    if (number > 0) {
        tell_about_open(EVENT_NOTIFY_DUP, handle->file, handle->flags);
    }
    return number;
}
