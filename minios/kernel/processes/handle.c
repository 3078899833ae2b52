// Handles (see handle.h). The system calls use this file. Every number that a program
// passes in is checked here.
#include "processes/handle.h"

#include "disk/files.h"
#include "events/event.h"
#include "ipc/pipe.h"
#include "ipc/port.h"
#include "plugins/listing.h"

struct handle *handle_get(uint32_t number)
{
    struct process *process = process_current();
    if (number == 0 || number >= PROCESS_HANDLES ||
        process->handles[number].kind == HANDLE_NONE) {
        return NULL;
    }
    return &process->handles[number];
}

struct port *handle_port(uint32_t number, bool owned)
{
    const struct handle *handle = handle_get(number);
    if (handle == NULL) {
        return NULL;
    }
    bool usable = handle->kind == HANDLE_PORT_OWNER ||
                  (handle->kind == HANDLE_PORT_SENDER && !owned);
    return usable ? handle->port : NULL;
}

long handle_install(struct handle handle)
{
    struct process *process = process_current();
    for (unsigned number = 1; number < PROCESS_HANDLES; number++) {
        if (process->handles[number].kind == HANDLE_NONE) {
            process->handles[number] = handle;
            return number;
        }
    }
    handle.flags = 0;  // the program never got it, so closing must not change the file
    (void)handle_close(&handle);
    return -ERROR_NO_MEMORY;
}

// The path has to be found out before the file is closed, and whether its bytes have
// changed is known only afterwards.
static long close_file(const struct handle *handle)
{
    bool is_told = event_is_wanted(EVENT_NOTIFY_CLOSE) || event_keeps_verdicts();
    struct event event;
    if (is_told) {
        event = (struct event){.type = EVENT_NOTIFY_CLOSE};
        files_describe(handle->file, &event.file.size, event.file.path);
    }
    bool has_changed;
    long error = files_close(handle->file, handle->flags, &has_changed);
    if (is_told) {
        event.file.flags = has_changed;
        if (has_changed) {
            event_forget_path(event.file.path);
        }
        event_post(&event);
    }
    if (handle->flags & OPEN_WRITE) {
        listing_look();
    }
    return error;
}

long handle_close(struct handle *handle)
{
    long error = 0;
    switch (handle->kind) {
    case HANDLE_PIPE_SERVER:
        pipe_close(handle->pipe, PIPE_SERVER);
        break;
    case HANDLE_PIPE_CLIENT:
        pipe_close(handle->pipe, PIPE_CLIENT);
        break;
    case HANDLE_PORT_OWNER:
        port_close(handle->port);
        break;
    case HANDLE_PORT_SENDER:
        port_release(handle->port);
        break;
    case HANDLE_FILE:
        error = close_file(handle);
        break;
    case HANDLE_NONE:
    case HANDLE_CONSOLE:
    case HANDLE_LINK:
    case HANDLE_PROCESS:
        break;
    }
    handle->kind = HANDLE_NONE;
    return error;
}
