// Whole files at once, with the system calls open, read, write and close (see file.h).
#include "file.h"

#include <stdbool.h>

#include "string.h"
#include "system.h"

enum { CHUNK = 512 };

// Reads until the buffer is full or the file ends.
static long read_full(uint32_t handle, void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        long got = sys_read(handle, (uint8_t *)buffer + done, size - done);
        if (got < 0) {
            return got;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (long)done;
}

static long write_full(uint32_t handle, const void *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        long put = sys_write(handle, (const uint8_t *)data + done, size - done);
        if (put <= 0) {
            return put < 0 ? put : -ERROR_IO_ERROR;
        }
        done += (size_t)put;
    }
    return 0;
}

long file_read(const char *path, void *buffer, size_t capacity)
{
    long handle = sys_open(path, OPEN_READ);
    if (handle < 0) {
        return handle;
    }
    long size = read_full((uint32_t)handle, buffer, capacity);
    char rest[CHUNK];
    while (size >= (long)capacity) {
        long more = sys_read((uint32_t)handle, rest, sizeof(rest));
        if (more <= 0) {
            size = more < 0 ? more : size;
            break;
        }
        size += more;
    }
    sys_close((uint32_t)handle);
    return size;
}

static bool is_missing(const char *path)
{
    return sys_access(path, 0) == -ERROR_NOT_FOUND;
}

// Closes a file that was written. Closing makes the new bytes visible, all at once.
// After an error the disk is as it was before: an old file has its old bytes, a new
// file is removed.
static long finish(uint32_t target, long status, const char *path, bool is_new)
{
    long closed = sys_close(target);
    status = status < 0 ? status : closed;
    if (status < 0 && is_new) {
        (void)sys_unlink(path);
    }
    return status;
}

long file_write(const char *path, const void *data, size_t size)
{
    bool is_new = is_missing(path);
    long handle = sys_open(path, OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE);
    if (handle < 0) {
        return handle;
    }
    long status = write_full((uint32_t)handle, data, size);
    return finish((uint32_t)handle, status, path, is_new);
}

static long copy_handles(uint32_t from, uint32_t to)
{
    uint8_t chunk[CHUNK];
    for (;;) {
        long got = read_full(from, chunk, sizeof(chunk));
        if (got <= 0) {
            return got;
        }
        long status = write_full(to, chunk, (size_t)got);
        if (status < 0) {
            return status;
        }
    }
}

long file_copy(const char *from, const char *to)
{
    long source = sys_open(from, OPEN_READ);
    if (source < 0) {
        return source;
    }
    bool is_new = is_missing(to);
    long target = sys_open(to, OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE);
    if (target < 0) {
        sys_close((uint32_t)source);
        return target;
    }
    long status = copy_handles((uint32_t)source, (uint32_t)target);
    sys_close((uint32_t)source);
    return finish((uint32_t)target, status, to, is_new);
}

long file_replace(const char *from, const char *to, const char *by)
{
    long status = file_copy(from, by);
    return status < 0 ? status : sys_rename(by, to);
}

static int handles_same(uint32_t left, uint32_t right)
{
    uint8_t a[CHUNK];
    uint8_t b[CHUNK];
    for (;;) {
        long got = read_full(left, a, sizeof(a));
        if (got < 0 || read_full(right, b, sizeof(b)) != got) {
            return 0;
        }
        if (got == 0) {
            return 1;
        }
        if (memcmp(a, b, (size_t)got) != 0) {
            return 0;
        }
    }
}

int file_same(const char *left, const char *right)
{
    long a = sys_open(left, OPEN_READ);
    if (a < 0) {
        return 0;
    }
    long b = sys_open(right, OPEN_READ);
    int same = b < 0 ? 0 : handles_same((uint32_t)a, (uint32_t)b);
    sys_close((uint32_t)a);
    if (b >= 0) {
        sys_close((uint32_t)b);
    }
    return same;
}
