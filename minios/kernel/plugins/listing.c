// Which lines the service list has gained and lost (see listing.h). Whoever wants to
// survive a restart adds a line, so a sensor wants to know. On macOS a process watches the
// folders of such items, and tells the kernel; here the kernel itself looks.
//
// A line whose file or kind has changed is gone, and another is new. A line that has other
// rights is told as a change of what is allowed.
#include "plugins/listing.h"

#include "base/irql.h"
#include "disk/files.h"
#include "events/event.h"
#include "library/text.h"
#include "memory/heap.h"
#include "plugins/activation.h"
#include "plugins/services.h"

struct lines {
    unsigned count;
    struct service line[SERVICES_LIMIT];
};

static struct lines known, found;
static bool is_known;    // `known` is filled: it begins with the list of this start
static bool is_looking;  // guarded by IRQL_HIGH: one thread at a time looks
static bool look_again;  // ... and it does so once more if another would have

static bool is_wanted(void)
{
    return event_is_wanted(EVENT_NOTIFY_BTM_LAUNCH_ITEM_ADD) ||
           event_is_wanted(EVENT_NOTIFY_BTM_LAUNCH_ITEM_REMOVE) ||
           activation_is_wanted();
}

static void take(const char *text)
{
    if (found.count < SERVICES_LIMIT &&
        services_parse(text, &found.line[found.count])) {
        found.count++;
    }
}

// Reads the list as it is now. A list that is gone has no lines.
static void read_list(void)
{
    char *text;
    found.count = 0;
    if (files_read_whole(SERVICES_PATH, (void **)&text) >= 0) {
        services_each_line(text, take);
        heap_free(text);
    }
}

static const struct service *line_in(const struct lines *lines, const char *name)
{
    for (unsigned i = 0; i < lines->count; i++) {
        if (text_equal(lines->line[i].name, name)) {
            return &lines->line[i];
        }
    }
    return NULL;
}

static bool is_same_item(const struct service *left, const struct service *right)
{
    return left != NULL && right != NULL && left->kind == right->kind &&
           text_equal(left->image, right->image);
}

static void tell(uint32_t type, const struct service *line)
{
    struct event event = {
        .type = type,
        .launch_item = {.kind = line->kind,
                        .start = line->start,
                        .rights = line->rights},
    };
    text_copy(event.launch_item.name, sizeof(event.launch_item.name), line->name);
    text_path(event.launch_item.path, sizeof(event.launch_item.path), line->image);
    event_post(&event);
}

static void compare(void)
{
    for (unsigned i = 0; i < known.count; i++) {
        const struct service *line = &known.line[i];
        if (!is_same_item(line, line_in(&found, line->name))) {
            tell(EVENT_NOTIFY_BTM_LAUNCH_ITEM_REMOVE, line);
        }
    }
    for (unsigned i = 0; i < found.count; i++) {
        const struct service *line = &found.line[i];
        const struct service *before = line_in(&known, line->name);
        if (!is_same_item(line, before)) {
            tell(EVENT_NOTIFY_BTM_LAUNCH_ITEM_ADD, line);
        } else if (before->rights != line->rights) {
            activation_tell_rights(line);
        }
    }
}

static void look(void)
{
    if (!is_known) {
        while (known.count < SERVICES_LIMIT &&
               services_listed(known.count, &known.line[known.count])) {
            known.count++;
        }
        is_known = true;
    }
    read_list();
    compare();
    known = found;
}

// Whether this thread has to look: nobody else is at it.
static bool begin(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    bool is_first = !is_looking;
    is_looking = true;
    look_again = true;
    irql_lower(old);
    return is_first;
}

// Whether it has to look once more.
static bool go_on(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    bool again = look_again;
    look_again = false;
    is_looking = again;
    irql_lower(old);
    return again;
}

void listing_look(void)
{
    if (!is_wanted() || !begin()) {
        return;
    }
    while (go_on()) {
        look();
    }
}
