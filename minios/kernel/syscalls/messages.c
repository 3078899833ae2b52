// System calls about named pipes, message ports and security events.
#include "syscalls/dispatch.h"

#include "base/policy.h"
#include "events/verdict.h"
#include "ipc/pipe.h"
#include "ipc/port.h"
#include "memory/usercopy.h"
#include "plugins/approvals.h"
#include "plugins/limits.h"
#include "plugins/services.h"
#include "processes/handle.h"

static long with_pipe(const struct trapframe *frame, enum handle_kind kind,
                      long (*get)(const char *name, struct pipe **pipe))
{
    char name[PIPE_NAME_SIZE];
    struct handle handle = {.kind = kind};
    long error = copy_text_from_user(name, sizeof(name), frame->rdi);
    if (error == 0) {
        error = get(name, &handle.pipe);
    }
    return error < 0 ? error : handle_install(handle);
}

long syscall_pipe_create(const struct trapframe *frame)
{
    return with_pipe(frame, HANDLE_PIPE_SERVER, pipe_create);
}

long syscall_pipe_open(const struct trapframe *frame)
{
    return with_pipe(frame, HANDLE_PIPE_CLIENT, pipe_open);
}

static long with_port(const struct trapframe *frame, enum handle_kind kind,
                      long (*get)(const char *name, struct port **port))
{
    char name[NAME_SIZE];
    struct handle handle = {.kind = kind};
    long error = copy_text_from_user(name, sizeof(name), frame->rdi);
    if (error == 0) {
        error = get(name, &handle.port);
    }
    return error < 0 ? error : handle_install(handle);
}

// The name of a service is reserved for the service: otherwise another program could
// make the port first, and answer in its place. init is no service: it is started by the
// kernel itself, before any of them.
static long create_port(const char *name, struct port **port)
{
    const struct process *process = process_current();
    bool may = process->parent_id == 0 || services_may_own(name, process->id);
    return may ? port_create(name, port) : -ERROR_NOT_PERMITTED;
}

long syscall_port_create(const struct trapframe *frame)
{
    return with_port(frame, HANDLE_PORT_OWNER, create_port);
}

long syscall_port_connect(const struct trapframe *frame)
{
    return with_port(frame, HANDLE_PORT_SENDER, port_connect);
}

long syscall_port_send(const struct trapframe *frame)
{
    struct message message;
    struct port *port = handle_port((uint32_t)frame->rdi, false);
    if (port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    long error = copy_from_user(&message, user_slice(frame->rsi, sizeof(message)));
    return error < 0 ? error : port_send(port, &message);
}

long syscall_port_receive(const struct trapframe *frame)
{
    struct message message;
    struct port *port = handle_port((uint32_t)frame->rdi, true);
    if (port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    long error = port_receive(port, &message, frame->rdx);
    return error < 0 ? error
                     : copy_to_user(user_slice(frame->rsi, sizeof(message)), &message);
}

long syscall_port_call(const struct trapframe *frame)
{
    struct message message;
    struct user_slice slice = user_slice(frame->rsi, sizeof(message));
    struct port *port = handle_port((uint32_t)frame->rdi, false);
    if (port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    long error = copy_from_user(&message, slice);
    if (error == 0) {
        error = port_call(port, &message, frame->rdx);
    }
    return error < 0 ? error : copy_to_user(slice, &message);
}

long syscall_port_reply(const struct trapframe *frame)
{
    struct message message;
    long error = copy_from_user(&message, user_slice(frame->rsi, sizeof(message)));
    return error < 0 ? error : port_reply((uint32_t)frame->rdi, &message);
}

// Makes a set of the types that a program has listed in its memory.
static long make_event_set(struct event_set *set, uint64_t list, uint64_t count)
{
    uint32_t types[EVENT_COUNT];
    if (count > EVENT_COUNT) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = copy_from_user(types, user_slice(list, count * sizeof(types[0])));
    return error < 0 ? error : event_set_make(set, types, count);
}

long syscall_event_subscribe(const struct trapframe *frame)
{
    struct port *port = handle_port((uint32_t)frame->rdi, true);
    if (port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    struct event_set wanted;
    long error = make_event_set(&wanted, frame->rsi, frame->rdx);
    if (error < 0) {
        return error;
    }
    struct process *process = process_current();
    if (!event_set_includes(&process->events, &wanted)) {
        limits_tell(process->name, LIMIT_EVENTS, &process->told);
        return -ERROR_NOT_ENTITLED;
    }
    if (process->is_plugin && !approvals_let_see_events(process->path)) {
        limits_tell(process->name, LIMIT_APPROVAL, &process->told);
        return -ERROR_NOT_APPROVED;
    }
    if (!boot_policy()->has_feed) {
        return -ERROR_REFUSED;  // this model has no event feed for ring 3
    }
    error = port_subscribe(port, &wanted, NULL);
    if (error == -ERROR_NO_SLOT && process->is_plugin) {
        limits_tell(process->name, LIMIT_SLOT, &process->told);
    }
    return error;
}

// The client that a port of the caller has become. Otherwise an error.
static long client_of(uint64_t number, struct event_client **client)
{
    struct port *port = handle_port((uint32_t)number, true);
    if (port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    *client = port_client(port);
    return *client == NULL ? -ERROR_NOT_FOUND : 0;
}

long syscall_event_respond(const struct trapframe *frame)
{
    struct event_client *client;
    long error = client_of(frame->rdi, &client);
    return error < 0 ? error : event_respond(client, frame->rsi, (uint32_t)frame->rdx);
}

long syscall_event_mute(const struct trapframe *frame)
{
    struct event_client *client;
    struct event_mute mute;
    long error = client_of(frame->rdi, &client);
    if (error == 0) {
        error = copy_from_user(&mute, user_slice(frame->rsi, sizeof(mute)));
    }
    return error < 0 ? error : event_mute(client, &mute, frame->rdx != 0);
}

long syscall_event_setting(const struct trapframe *frame)
{
    struct event_client *client;
    long error = client_of(frame->rdi, &client);
    return error < 0 ? error
                     : event_set_setting(client, (uint32_t)frame->rsi, frame->rdx);
}

long syscall_event_client(const struct trapframe *frame)
{
    struct event_client_entry entry;
    if (!event_client_query((uint32_t)frame->rdi, &entry)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(entry)), &entry);
}
