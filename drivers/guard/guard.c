// guard: a file guard. It tells when the service list changes, and who changed it.
//
//   subscribes to   NOTIFY_CLOSE, NOTIFY_CREATE, NOTIFY_CLONE, NOTIFY_RENAME,
//                   NOTIFY_UNLINK
//   reports         "changes": how often the file has changed since the start
//   rings           0 and 3; it does the same in both
//
// The service list says which programs and drivers are started. So an attacker who
// wants to survive a reset adds a line to it.
//
// There are several ways to change a file: write to it and close it, make it, delete it,
// rename another file to its name, clone another file. The guard has to know all of them, because each has an
// event of its own. When the guard gets one, the file may have changed again. So it reads
// the file, and compares it with what it has seen before.
#include <minios/plugin.h>

struct contents {
    long size;  // or a negated ERROR_: there is no file, for example
    char bytes[SERVICES_BYTES];
};

static struct contents known;  // as it was when the guard last looked
static uint64_t changes;

static void read_file(struct contents *contents)
{
    contents->size =
        plugin_read_file(SERVICES_PATH, contents->bytes, sizeof(contents->bytes));
}

static bool are_equal(const struct contents *left, const struct contents *right)
{
    return left->size == right->size &&
           memcmp(left->bytes, right->bytes, sizeof(left->bytes)) == 0;
}

static int guard_start(void)
{
    read_file(&known);
    static const uint32_t types[] = {EVENT_NOTIFY_CLOSE, EVENT_NOTIFY_CREATE,
                                     EVENT_NOTIFY_CLONE, EVENT_NOTIFY_RENAME,
                                     EVENT_NOTIFY_UNLINK};
    return plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
}

static bool is_list(const char *path)
{
    return memcmp(path, SERVICES_PATH, sizeof(SERVICES_PATH)) == 0;
}

// Whether the list may have other bytes after this event.
static bool may_change_list(const struct event *event)
{
    switch (event->type) {
    case EVENT_NOTIFY_CLONE:
    case EVENT_NOTIFY_RENAME:
        return is_list(event->two_paths.path) || is_list(event->two_paths.to);
    case EVENT_NOTIFY_CLOSE:  // the guard itself opens and closes the file, too
        return event->file.flags != 0 && is_list(event->file.path);
    default:
        return is_list(event->file.path);
    }
}

static void guard_event(const struct event *event)
{
    static struct contents found;
    if (!may_change_list(event)) {
        return;
    }
    memset(&found, 0, sizeof(found));
    read_file(&found);
    if (are_equal(&known, &found)) {
        return;  // it was told of this change by an earlier event
    }
    known = found;
    plugin_log("%s was %s by %s", SERVICES_PATH,
               found.size < 0 ? "taken away" : "changed", event->actor.name);
    plugin_report_value("changes", ++changes);
}

const struct plugin plugin = {
    .name = "guard",
    .start = guard_start,
    .event = guard_event,
};
