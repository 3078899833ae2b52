// guard: a file guard. It tells when the service list changes, and who changed it.
//
//   subscribes to   FILE_CHANGE
//   reports         "changes": how often the file has changed since the start
//   rings           0 and 3; it does the same in both
//
// The service list says which programs and drivers are started. So an attacker who
// wants to survive a reset adds a line to it.
//
// The event says which name has changed, but not in which folder. So the guard does not
// believe it alone: it reads the file, and compares it with what it has seen before.
#include <minios/plugin.h>

#define FILE_NAME "SERVICES.INI"

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
    const uint32_t type = EVENT_FILE_CHANGE;
    return plugin_subscribe(&type, 1);
}

static void guard_event(const struct event *event)
{
    static struct contents found;
    if (memcmp(event->file.path, FILE_NAME, sizeof(FILE_NAME)) != 0) {
        return;
    }
    memset(&found, 0, sizeof(found));
    read_file(&found);
    if (are_equal(&known, &found)) {
        return;  // a file of the same name in another folder
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
