// Named pipes (see pipe.h): one queue of bytes in each direction. The system calls in
// syscalls/messages.c and files.c use this file. Everything is guarded by IRQL_HIGH.
#include "ipc/pipe.h"

#include "base/irql.h"
#include "events/event.h"
#include "library/text.h"
#include "memory/heap.h"
#include "tasks/process.h"
#include "tasks/thread.h"

#define QUEUE_BYTES 4096

struct byte_queue {
    size_t head, count;
    char bytes[QUEUE_BYTES];
};

struct pipe {
    struct pipe *next;
    char name[PIPE_NAME_SIZE];
    uint32_t server_id;  // process
    char server_name[NAME_SIZE];
    bool server_open, client_open;
    uint64_t open_count;
    struct wait_queue changed;  // woken when bytes come or go, or an end closes
    struct byte_queue from[2];  // the index is the end that writes to it
};

static struct pipe *pipes;

static struct pipe *find(const char *name)
{
    for (struct pipe *pipe = pipes; pipe != NULL; pipe = pipe->next) {
        if (pipe->server_open && text_equal(pipe->name, name)) {
            return pipe;
        }
    }
    return NULL;
}

static void discard_if_unused(struct pipe *pipe)
{
    if (pipe->server_open || pipe->client_open) {
        return;
    }
    struct pipe **at = &pipes;
    while (*at != pipe) {
        at = &(*at)->next;
    }
    *at = pipe->next;
    heap_free(pipe);
}

// Writes down what has happened to the pipe. Called while the pipe is guarded; the event
// is posted afterwards, when the pipe may be gone.
static void describe(struct event *event, uint32_t type, const struct pipe *pipe)
{
    *event = (struct event){
        .type = type,
        .pipe = {.open_count = pipe->open_count,
                 .bytes_waiting =
                     pipe->from[PIPE_SERVER].count + pipe->from[PIPE_CLIENT].count,
                 .server_id = pipe->server_id},
    };
    text_copy(event->pipe.name, sizeof(event->pipe.name), pipe->name);
    text_copy(event->pipe.server, sizeof(event->pipe.server), pipe->server_name);
}

static struct pipe *make(const char *name)
{
    struct pipe *pipe = heap_allocate(sizeof(*pipe));
    if (pipe == NULL) {
        return NULL;
    }
    const struct process *server = process_current();
    text_copy(pipe->name, sizeof(pipe->name), name);
    text_copy(pipe->server_name, sizeof(pipe->server_name), server->name);
    pipe->server_id = server->id;
    pipe->server_open = true;
    return pipe;
}

long pipe_create(const char *name, struct pipe **result)
{
    struct event event;
    enum irql old = irql_raise(IRQL_HIGH);
    long error = find(name) != NULL ? -ERROR_EXISTS : 0;
    if (error == 0) {
        *result = make(name);
        error = *result == NULL ? -ERROR_NO_MEMORY : 0;
    }
    if (error == 0) {
        (*result)->next = pipes;
        pipes = *result;
        describe(&event, EVENT_PIPE_CREATE, *result);
    }
    irql_lower(old);
    if (error == 0) {
        event_post(&event);
    }
    return error;
}

// The pipe that a client may open now. One client at a time.
static long find_free(const char *name, struct pipe **pipe)
{
    *pipe = find(name);
    if (*pipe == NULL) {
        return -ERROR_NOT_FOUND;
    }
    return (*pipe)->client_open ? -ERROR_WOULD_BLOCK : 0;
}

// Asks the clients of the security events whether this pipe may be opened. Nothing is
// changed yet, and nothing is guarded while they are asked.
static long ask_to_open(const char *name)
{
    if (!event_is_wanted(EVENT_AUTH_PIPE_OPEN)) {
        return 0;
    }
    struct event event;
    struct pipe *pipe;
    enum irql old = irql_raise(IRQL_HIGH);
    long error = find_free(name, &pipe);
    if (error == 0) {
        describe(&event, EVENT_AUTH_PIPE_OPEN, pipe);
    }
    irql_lower(old);
    return error < 0 ? error : event_ask(&event);
}

long pipe_open(const char *name, struct pipe **result)
{
    long error = ask_to_open(name);
    if (error < 0) {
        return error;
    }
    struct event event;
    struct pipe *pipe;
    enum irql old = irql_raise(IRQL_HIGH);
    error = find_free(name, &pipe);  // again: much may have happened meanwhile
    if (error == 0) {
        pipe->client_open = true;
        pipe->open_count++;
        pipe->from[PIPE_CLIENT].count = 0;  // left over from the client before
        *result = pipe;
        describe(&event, EVENT_PIPE_OPEN, pipe);
    }
    irql_lower(old);
    if (error == 0) {
        event_post(&event);
    }
    return error;
}

void pipe_close(struct pipe *pipe, enum pipe_end end)
{
    struct event event;
    enum irql old = irql_raise(IRQL_HIGH);
    if (end == PIPE_SERVER) {
        pipe->server_open = false;
    } else {
        pipe->client_open = false;
        pipe->from[PIPE_SERVER].count = 0;  // not for the next client to read
    }
    describe(&event, EVENT_PIPE_CLOSE, pipe);
    thread_wake_all(&pipe->changed);
    discard_if_unused(pipe);
    irql_lower(old);
    event_post(&event);
}

// Whether waiting makes no sense, because nobody will ever come to the other end. A
// server can wait for a new client. A client cannot wait for a new server.
static bool is_alone(const struct pipe *pipe, enum pipe_end end)
{
    return end == PIPE_CLIENT && !pipe->server_open;
}

long pipe_read(struct pipe *pipe, enum pipe_end end, char *buffer, size_t size)
{
    long result = 0;
    enum irql old = irql_raise(IRQL_HIGH);
    struct byte_queue *queue =
        &pipe->from[end == PIPE_SERVER ? PIPE_CLIENT : PIPE_SERVER];
    while (queue->count == 0 && result == 0) {
        if (is_alone(pipe, end) || !thread_wait(&pipe->changed, FOREVER)) {
            result = -ERROR_CLOSED;
        }
    }
    while (result >= 0 && (size_t)result < size && queue->count > 0) {
        buffer[result++] = queue->bytes[queue->head];
        queue->head = (queue->head + 1) % QUEUE_BYTES;
        queue->count--;
    }
    thread_wake_all(&pipe->changed);
    irql_lower(old);
    return result;
}

long pipe_write(struct pipe *pipe, enum pipe_end end, const char *buffer, size_t size)
{
    long result = 0;
    enum irql old = irql_raise(IRQL_HIGH);
    struct byte_queue *queue = &pipe->from[end];
    while (result >= 0 && (size_t)result < size) {
        if (is_alone(pipe, end)) {
            result = -ERROR_CLOSED;
        } else if (queue->count == QUEUE_BYTES) {
            if (!thread_wait(&pipe->changed, FOREVER)) {
                result = -ERROR_CLOSED;
            }
        } else {
            queue->bytes[(queue->head + queue->count++) % QUEUE_BYTES] =
                buffer[result++];
        }
    }
    thread_wake_all(&pipe->changed);
    irql_lower(old);
    return result;
}
