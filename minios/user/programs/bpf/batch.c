// Many eBPF requests at once (see batch.h). Tests and the commands of the host use this:
// to start a machine for each program would take too long.
//
// The file is read piece by piece, and the answers are collected into larger pieces
// before they are written: a system call for each of them would take longer than most
// programs run.
#include "batch.h"

#include <minios/abi.h>
#include <stdbool.h>

#include "memory.h"
#include "string.h"
#include "system.h"

enum { PIECE = 4 * 1024, MEMORY = 64 * 1024 };

#define PADDED(size) (((size) + 7) & ~(uint64_t)7)

// A file that is read or written through a buffer.
struct stream {
    uint32_t handle;
    uint8_t *buffer;
    size_t used, size;  // reading: of `size` bytes here, `used` are taken
};

static bool stream_open(struct stream *stream, const char *path, uint32_t flags,
                        long *status)
{
    *stream = (struct stream){.buffer = memory_allocate(PIECE)};
    *status = stream->buffer == NULL ? -ERROR_NO_MEMORY : sys_open(path, flags);
    stream->handle = (uint32_t)*status;
    return *status >= 0;
}

// Reads exactly so many bytes.
static long take(struct stream *from, void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size > 0) {
        if (from->used == from->size) {
            long got = sys_read(from->handle, from->buffer, PIECE);
            if (got <= 0) {
                return got < 0 ? got : -ERROR_BAD_IMAGE;
            }
            from->used = 0;
            from->size = (size_t)got;
        }
        size_t part = from->size - from->used;
        part = part < size ? part : size;
        memcpy(at, from->buffer + from->used, part);
        from->used += part;
        at += part;
        size -= part;
    }
    return 0;
}

static long flush(struct stream *to)
{
    size_t done = 0;
    while (done < to->used) {
        long put = sys_write(to->handle, to->buffer + done, to->used - done);
        if (put <= 0) {
            return put < 0 ? put : -ERROR_IO_ERROR;
        }
        done += (size_t)put;
    }
    to->used = 0;
    return 0;
}

static long give(struct stream *to, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size > 0) {
        if (to->used == PIECE) {
            long status = flush(to);
            if (status < 0) {
                return status;
            }
        }
        size_t part = PIECE - to->used;
        part = part < size ? part : size;
        memcpy(to->buffer + to->used, at, part);
        to->used += part;
        at += part;
        size -= part;
    }
    return 0;
}

// What each request needs; the same memory is used for all. That of images grows: most
// are small, and the kernel would have to provide a hundred pages for nothing.
struct room {
    uint8_t *image, *memory;
    char *log;
    size_t image_size;
};

static bool room_for_image(struct room *room, size_t size)
{
    size_t more = room->image_size;
    while (more < size) {
        more *= 2;  // so what was given back is never more than is in use
    }
    if (more > room->image_size) {
        memory_free(room->image);
        room->image = memory_allocate(more);
        room->image_size = more;
    }
    return room->image != NULL;
}

// Reads a request with its image and its memory, and makes it.
static long answer(struct stream *from, struct stream *to, struct room *room)
{
    struct bpf_request request;
    long status = take(from, &request, sizeof(request));
    if (status < 0 || request.size > BPF_IMAGE_BYTES || request.memory_size > MEMORY ||
        request.log_size > BPF_LOG_BYTES) {
        return status < 0 ? status : -ERROR_BAD_IMAGE;
    }
    if (!room_for_image(room, PADDED(request.size))) {
        return -ERROR_NO_MEMORY;
    }
    status = take(from, room->image, PADDED(request.size));
    if (status == 0) {
        status = take(from, room->memory, PADDED(request.memory_size));
    }
    if (status < 0) {
        return status;
    }
    request.image = (uint64_t)room->image;
    request.memory = (uint64_t)room->memory;
    request.log = (uint64_t)room->log;
    room->log[0] = '\0';
    bool is_run = request.name[0] == '\0';
    long result = is_run ? sys_bpf_run(&request) : sys_bpf_load(&request);
    size_t length = strlen(room->log);
    memset(room->log + length, 0, PADDED(length) - length);
    struct bpf_answer found = {
        .status = (uint64_t)result,
        .result = request.result,
        .steps = request.steps,
        .visits = request.visits,
        .log_bytes = (uint32_t)PADDED(length),
    };
    status = give(to, &found, sizeof(found));
    return status < 0 ? status : give(to, room->log, found.log_bytes);
}

static long answer_all(struct stream *from, struct stream *to)
{
    struct room room = {
        .image = memory_allocate(PIECE),
        .memory = memory_allocate(MEMORY),
        .log = memory_allocate(BPF_LOG_BYTES + 8),
        .image_size = PIECE,
    };
    struct bpf_batch head;
    if (room.image == NULL || room.memory == NULL || room.log == NULL) {
        return -ERROR_NO_MEMORY;
    }
    long status = take(from, &head, sizeof(head));
    if (status == 0 && head.magic != BPF_BATCH_MAGIC) {
        status = -ERROR_BAD_IMAGE;
    }
    if (status == 0) {
        status = give(to, &head, sizeof(head));
    }
    for (uint32_t i = 0; i < head.count && status == 0; i++) {
        status = answer(from, to, &room);
    }
    if (status == 0) {
        status = flush(to);
    }
    return status < 0 ? status : (long)head.count;
}

long batch(const char *from, const char *to)
{
    struct stream questions, answers;
    long status;
    if (!stream_open(&questions, from, OPEN_READ, &status)) {
        return status;
    }
    if (stream_open(&answers, to, OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE, &status)) {
        status = answer_all(&questions, &answers);
        long closed = sys_close(answers.handle);
        status = closed < 0 ? closed : status;
    }
    sys_close(questions.handle);
    return status;
}
