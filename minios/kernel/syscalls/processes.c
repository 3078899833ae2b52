// System calls about processes, time and memory.
//
// dispatch.c calls one of these functions with the saved registers of the caller. The
// first argument of a call is in frame->rdi, the second in frame->rsi. What a function
// returns is the answer; a negative number is an error.
#include "syscalls/dispatch.h"

#include "base/boot_options.h"
#include "disk/files.h"
#include "events/event.h"
#include "memory/usercopy.h"
#include "processes/end.h"
#include "processes/handle.h"
#include "processes/memory.h"
#include "processes/signal.h"
#include "processes/start.h"
#include "tasks/thread.h"

// Does nothing: for measuring what a system call costs.
long syscall_nothing(const struct trapframe *frame)
{
    (void)frame;
    return 0;
}

long syscall_exit(const struct trapframe *frame)
{
    // Does not return.
    process_end((struct death){.cause = DEATH_EXIT, .status = frame->rdi});
}

long syscall_spawn(const struct trapframe *frame)
{
    struct spawn request;
    if (copy_from_user(&request, user_slice(frame->rdi, sizeof(request))) < 0) {
        return -ERROR_BAD_ADDRESS;
    }
    request.path[sizeof(request.path) - 1] = '\0';
    request.argument[sizeof(request.argument) - 1] = '\0';
    struct process_request spawn = {
        .path = request.path,
        .argument = request.argument,
        .rights = request.rights,
    };
    // The kernel sends a message to this port when the new process has ended. Only a port
    // of the caller's own will do (true).
    if (request.death_port != 0) {
        spawn.death_port = handle_port(request.death_port, true);
        if (spawn.death_port == NULL) {
            return -ERROR_BAD_HANDLE;
        }
    }
    return process_spawn(&spawn);
}

long syscall_kill(const struct trapframe *frame)
{
    return process_signal((uint32_t)frame->rdi, SIGNAL_KILL);
}

long syscall_signal(const struct trapframe *frame)
{
    return process_signal((uint32_t)frame->rdi, (uint32_t)frame->rsi);
}

long syscall_signal_port(const struct trapframe *frame)
{
    struct port *port = NULL;
    if (frame->rdi != 0) {
        port = handle_port((uint32_t)frame->rdi, true);
        if (port == NULL) {
            return -ERROR_BAD_HANDLE;
        }
    }
    process_set_port(&process_current()->signal_port, port);
    return 0;
}

// Whoever started a process hears of its end. If that one has ended itself, another may
// take its place.
long syscall_process_watch(const struct trapframe *frame)
{
    struct port *port = handle_port((uint32_t)frame->rsi, true);
    return port == NULL ? -ERROR_BAD_HANDLE : process_watch((uint32_t)frame->rdi, port);
}

long syscall_process_id(const struct trapframe *frame)
{
    (void)frame;
    return process_current()->id;
}

long syscall_sleep(const struct trapframe *frame)
{
    thread_sleep(frame->rdi);
    return 0;
}

long syscall_clock(const struct trapframe *frame)
{
    (void)frame;
    return (long)thread_clock();
}

long syscall_memory_map(const struct trapframe *frame)
{
    return process_memory_map(frame->rdi);
}

long syscall_mmap(const struct trapframe *frame)
{
    return process_mmap(frame->rdi, frame->rsi);
}

long syscall_munmap(const struct trapframe *frame)
{
    return process_munmap(frame->rdi, frame->rsi);
}

long syscall_mprotect(const struct trapframe *frame)
{
    return process_mprotect(frame->rdi, frame->rsi, frame->rdx);
}

long syscall_date(const struct trapframe *frame)
{
    (void)frame;
    return files_date();
}

// Who sets the date can hide when a file was changed. So clients are asked.
long syscall_date_set(const struct trapframe *frame)
{
    uint16_t date = date_encode(frame->rdi, frame->rsi, frame->rdx);
    if (date == 0) {
        return -ERROR_BAD_ARGUMENT;
    }
    struct event event = {.type = EVENT_AUTH_SETTIME,
                          .date = {.before = files_date(), .after = date}};
    long error = event_ask(&event);
    if (error == 0) {
        files_set_date(date);
        event.type = EVENT_NOTIFY_SETTIME;
        event_post(&event);
    }
    return error;
}
