// System calls about files and folders by their path. Those about open files are in
// files.c.
//
// Each call does the same in the same order: take the path, ask whoever may forbid it, do
// it, tell it.
#include "disk/files.h"

#include "events/event.h"
#include "memory/usercopy.h"
#include "plugins/approvals.h"
#include "plugins/listing.h"
#include "syscalls/dispatch.h"
#include "syscalls/file_events.h"
#include "tasks/process.h"

long syscall_unlink(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    long error = changed_path_from_user(path, frame->rdi);
    if (error == 0) {
        error = ask_about_path(EVENT_AUTH_UNLINK, path, 0);
    }
    if (error == 0) {
        error = files_unlink(path);
    }
    if (error == 0) {
        forget_path(path);
        tell_about_path(EVENT_NOTIFY_UNLINK, path, 0);
        listing_look();
    }
    return error;
}

long syscall_rename(const struct trapframe *frame)
{
    char path[PATH_SIZE], to[PATH_SIZE];
    long error = path_from_user(path, frame->rdi);
    if (error == 0) {
        error = path_from_user(to, frame->rsi);
    }
    if (error == 0 && (approvals_hang_on(path) || approvals_hang_on(to))) {
        error = -ERROR_NOT_PERMITTED;
    }
    if (error == 0) {
        error = ask_about_two(EVENT_AUTH_RENAME, path, to);
    }
    if (error == 0) {
        error = files_rename(path, to);
        forget_path(
            path);  // also after an error: the verdict was about both as they were
        forget_path(to);
    }
    if (error == 0) {
        tell_about_two(EVENT_NOTIFY_RENAME, path, to);
        listing_look();
    }
    return error;
}

long syscall_clone(const struct trapframe *frame)
{
    char path[PATH_SIZE], to[PATH_SIZE];
    long error = path_from_user(path, frame->rdi);
    if (error == 0) {
        error = changed_path_from_user(to, frame->rsi);
    }
    if (error == 0) {
        error = ask_about_two(EVENT_AUTH_CLONE, path, to);
    }
    if (error == 0) {
        error = files_clone(path, to);
        forget_path(path);
    }
    if (error == 0) {
        tell_about_two(EVENT_NOTIFY_CLONE, path, to);
        listing_look();
    }
    return error;
}

long syscall_list(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    struct file_entry entry;
    long error = path_from_user(path, frame->rdi);
    uint32_t index = (uint32_t)frame->rsi;
    if (error == 0) {
        error = ask_about_path(EVENT_AUTH_READDIR, path, index);
    }
    if (error == 0) {
        error = files_list(path, index, &entry);
    }
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_READDIR, path, index);
        error = copy_to_user(user_slice(frame->rdx, sizeof(entry)), &entry);
    }
    return error;
}

long syscall_stat(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    struct file_status status;
    long error = path_from_user(path, frame->rdi);
    if (error == 0) {
        error = files_status(path, &status);
    }
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_STAT, path, 0);
        error = copy_to_user(user_slice(frame->rsi, sizeof(status)), &status);
    }
    return error;
}

long syscall_access(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    uint32_t flags = (uint32_t)frame->rsi;
    long error = path_from_user(path, frame->rdi);
    if (error == 0) {
        error = files_check(path, flags);
        tell_about_path(EVENT_NOTIFY_ACCESS, path, flags);
    }
    bool changes = flags & (OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE);
    if (error == 0 && changes && !(process_current()->rights & RIGHT_DISK_WRITE)) {
        error = -ERROR_NOT_PERMITTED;
    }
    return error;
}

long syscall_attributes(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    struct file_attributes attributes;
    long error = path_from_user(path, frame->rdi);
    if (error == 0) {
        error = ask_about_path(EVENT_AUTH_GETATTRLIST, path, 0);
    }
    if (error == 0) {
        error = files_attributes(path, &attributes);
    }
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_GETATTRLIST, path, 0);
        error = copy_to_user(user_slice(frame->rsi, sizeof(attributes)), &attributes);
    }
    return error;
}

long syscall_set_flags(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    uint32_t flags = (uint32_t)frame->rsi;
    long error = changed_path_from_user(path, frame->rdi);
    if (error == 0) {
        error = ask_about_path(EVENT_AUTH_SETFLAGS, path, flags);
    }
    if (error == 0) {
        error = files_set_flags(path, flags);
    }
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_SETFLAGS, path, flags);
    }
    return error;
}

long syscall_set_times(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    uint32_t date = (uint32_t)frame->rsi, time = (uint32_t)frame->rdx;
    long error = changed_path_from_user(path, frame->rdi);
    if (error == 0) {
        error = ask_about_path(EVENT_AUTH_UTIMES, path, date << 16 | (time & 0xffff));
    }
    if (error == 0) {
        error = files_set_times(path, date, time);
    }
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_UTIMES, path, date << 16 | (time & 0xffff));
    }
    return error;
}

long syscall_remount(const struct trapframe *frame)
{
    uint64_t read_only = frame->rdi;
    if (read_only > 1) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = ask_about_path(EVENT_AUTH_REMOUNT, "/", (uint32_t)read_only);
    if (error == 0) {
        error = files_remount(read_only);
    }
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_REMOUNT, "/", (uint32_t)read_only);
    }
    return error;
}
