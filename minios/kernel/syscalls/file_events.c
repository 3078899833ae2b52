// Security events about files (see file_events.h).
#include "syscalls/file_events.h"

#include "disk/files.h"
#include "events/event.h"
#include "library/text.h"
#include "memory/usercopy.h"
#include "plugins/approvals.h"
#include "processes/protection.h"

static long begin_at_root(char path[PATH_SIZE])
{
    size_t size = strlen(path) + 1;
    if (size == PATH_SIZE) {
        return -ERROR_BAD_ARGUMENT;  // there is no room for the slash
    }
    memmove(path + 1, path, size);
    path[0] = '/';
    return 0;
}

long path_from_user(char path[PATH_SIZE], uint64_t pointer)
{
    long error = copy_text_from_user(path, PATH_SIZE, pointer);
    if (error == 0 && path[0] != '/') {
        error = begin_at_root(path);
    }
    if (error == 0) {
        tell_about_path(EVENT_NOTIFY_LOOKUP, path, 0);
    }
    return error;
}

long changed_path_from_user(char path[PATH_SIZE], uint64_t pointer)
{
    long error = path_from_user(path, pointer);
    bool is_kept = approvals_own(path) || protection_keeps(path);
    return error == 0 && is_kept ? -ERROR_NOT_PERMITTED : error;
}

// ---- By path.

static long describe(struct event *event, const char *path)
{
    struct file_status status = {0};
    long error = files_status(path, &status);
    text_path(event->file.path, sizeof(event->file.path), path);
    event->file.size = status.size;
    return error;
}

long ask_about_path(uint32_t type, const char *path, uint32_t flags)
{
    if (!event_is_wanted(type)) {
        return 0;
    }
    struct event event = {.type = type, .file = {.flags = flags}};
    long error = describe(&event, path);
    return error < 0 ? error : event_ask(&event);
}

void tell_about_path(uint32_t type, const char *path, uint32_t flags)
{
    if (event_is_wanted(type)) {
        struct event event = {.type = type, .file = {.flags = flags}};
        (void)describe(&event, path);  // after it was deleted, there is only the path
        event_post(&event);
    }
}

long ask_about_new(uint32_t type, const char *path, uint32_t flags)
{
    if (!event_is_wanted(type)) {
        return 0;
    }
    struct event event = {.type = type, .file = {.flags = flags}};
    text_path(event.file.path, sizeof(event.file.path), path);
    return event_ask(&event);
}

// ---- By two paths.

static struct event event_of_two(uint32_t type, const char *path, const char *to)
{
    struct event event = {.type = type};
    text_path(event.two_paths.path, sizeof(event.two_paths.path), path);
    text_path(event.two_paths.to, sizeof(event.two_paths.to), to);
    return event;
}

long ask_about_two(uint32_t type, const char *path, const char *to)
{
    if (!event_is_wanted(type)) {
        return 0;
    }
    struct file_status status;
    struct event event = event_of_two(type, path, to);
    long error = files_status(path, &status);
    return error < 0 ? error : event_ask(&event);
}

void tell_about_two(uint32_t type, const char *path, const char *to)
{
    if (event_is_wanted(type)) {
        struct event event = event_of_two(type, path, to);
        event_post(&event);
    }
}

// ---- By a file that is open.

static struct event event_of_open(uint32_t type, const struct open_file *file,
                                  uint32_t flags)
{
    struct event event = {.type = type, .file = {.flags = flags}};
    files_describe(file, &event.file.size, event.file.path);
    return event;
}

long ask_about_open(uint32_t type, const struct open_file *file, uint32_t flags)
{
    if (!event_is_wanted(type)) {
        return 0;
    }
    struct event event = event_of_open(type, file, flags);
    return event_ask(&event);
}

void tell_about_open(uint32_t type, const struct open_file *file, uint32_t flags)
{
    if (event_is_wanted(type)) {
        struct event event = event_of_open(type, file, flags);
        event_post(&event);
    }
}

// ---- Kept verdicts.

void forget_open(const struct open_file *file)
{
    if (event_keeps_verdicts()) {
        char path[PATH_SIZE];
        uint32_t size;
        files_describe(file, &size, path);
        event_forget_path(path);
    }
}

void forget_path(const char *path)
{
    if (event_keeps_verdicts()) {
        char canonical[PATH_SIZE];
        text_path(canonical, sizeof(canonical), path);
        event_forget_path(canonical);
    }
}
