// The integration code for processes and files (see subject.h).
//
// The kernel asks before it does something: a program is to begin, or a file is to change.
// sentinel.c answers. It is asked only about what the content has rules for, because
// everybody who is asked about waits.
#include "subject.h"

enum { INPUTS = FILE_FIELDS_DECLARED };  // of the type that has the most

// Both types end with the same fields: who does it, and when.
#define ACTOR(name) ((name) - PROCESS_PROCESS_NAME)
_Static_assert(PROCESS_FIELDS_DECLARED <= INPUTS,
               "an input for each field of a process");
_Static_assert(FILE_MODEL - FILE_PROCESS_NAME == ACTOR(PROCESS_MODEL) &&
                   PROCESS_MODEL == PROCESS_FIELDS_DECLARED - 1 &&
                   FILE_MODEL == FILE_FIELDS_DECLARED - 1,
               "the actor is the same in both");

static const struct {
    uint32_t type;
    uint32_t template;
    const char *operation;
} asked[] = {
    {EVENT_AUTH_EXEC, TEMPLATE_PROCESS, "exec"},
    {EVENT_AUTH_OPEN, TEMPLATE_FILE, "open"},
    {EVENT_AUTH_CREATE, TEMPLATE_FILE, "create"},
    {EVENT_AUTH_TRUNCATE, TEMPLATE_FILE, "truncate"},
    {EVENT_AUTH_UNLINK, TEMPLATE_FILE, "delete"},
    {EVENT_AUTH_RENAME, TEMPLATE_FILE, "rename"},
    {EVENT_AUTH_CLONE, TEMPLATE_FILE, "clone"},
    {EVENT_AUTH_SETFLAGS, TEMPLATE_FILE, "setflags"},
    {EVENT_AUTH_UTIMES, TEMPLATE_FILE, "utimes"},
};

enum { ASKED = sizeof(asked) / sizeof(asked[0]) };

static struct input inputs[INPUTS];  // one thread at a time

// The line of the list above for an event. ASKED: there is none.
static uint32_t line_of(const struct event *event)
{
    uint32_t line = 0;
    while (line < ASKED && asked[line].type != event->type) {
        line++;
    }
    return line;
}

int subject_subscribe(uint32_t template)
{
    uint32_t types[ASKED];
    size_t count = 0;
    for (uint32_t line = 0; line < ASKED; line++) {
        if (asked[line].template == template) {
            types[count++] = asked[line].type;
        }
    }
    return count == 0 ? 0 : plugin_subscribe(types, count);
}

uint32_t subject_template(const struct event *event)
{
    uint32_t line = line_of(event);
    return line == ASKED ? TEMPLATE_IPC : asked[line].template;
}

static void supply_text(uint32_t field, const char *text)
{
    int length = plugin_format(inputs[field].text, INPUT_TEXT, "%s", text);
    inputs[field].length = (uint32_t)(length < INPUT_TEXT ? length : INPUT_TEXT - 1);
}

static void supply_number(uint32_t field, uint64_t number)
{
    char text[24];
    plugin_format(text, sizeof(text), "%lu", number);
    supply_text(field, text);
}

// `first` is the number of the field process_name.
static void supply_actor(uint32_t first, const struct event *event)
{
    const struct event_actor *actor = &event->actor;
    supply_text(first, actor->name);
    supply_number(first + ACTOR(PROCESS_PROCESS_ID), actor->process_id);
    supply_number(first + ACTOR(PROCESS_THREAD_ID), actor->thread_id);
    supply_text(first + ACTOR(PROCESS_PARENT_NAME), actor->parent);
    supply_number(first + ACTOR(PROCESS_PARENT_ID), actor->parent_id);
    supply_number(first + ACTOR(PROCESS_RING), actor->process_id == 0 ? 0 : 3);
    supply_number(first + ACTOR(PROCESS_RIGHTS), actor->rights);
    supply_number(first + ACTOR(PROCESS_SEQUENCE), event->sequence);
    supply_number(first + ACTOR(PROCESS_UPTIME_SECONDS), event->time / 1000000000);
    supply_text(first + ACTOR(PROCESS_MODEL), plugin_model());
}

// What it is about. Two paths are another structure than one.
static const char *path_of(const struct event *event)
{
    switch (event->type) {
    case EVENT_AUTH_EXEC:
        return event->process.path;
    case EVENT_AUTH_RENAME:
    case EVENT_AUTH_CLONE:
        return event->two_paths.path;
    default:
        return event->file.path;
    }
}

static void supply_process(const struct event *event)
{
    supply_text(PROCESS_PROGRAM_PATH, path_of(event));
    supply_text(PROCESS_PROGRAM_NAME, event->process.name);
    supply_number(PROCESS_PROGRAM_RIGHTS, event->process.rights);
    supply_actor(PROCESS_PROCESS_NAME, event);
}

// Whether the file at `path` stays as it is: it is opened for reading, or copied.
static bool only_reads(const struct event *event)
{
    return event->type == EVENT_AUTH_CLONE ||
           (event->type == EVENT_AUTH_OPEN && !(event->file.flags & OPEN_WRITE));
}

static void supply_file(const struct event *event)
{
    bool are_two = event->type == EVENT_AUTH_RENAME || event->type == EVENT_AUTH_CLONE;
    supply_text(FILE_PATH, path_of(event));
    supply_text(FILE_NEW_PATH, are_two ? event->two_paths.to : "");
    supply_text(FILE_ACCESS, only_reads(event) ? "read" : "write");
    supply_number(FILE_SIZE, are_two ? 0 : event->file.size);
    supply_actor(FILE_PROCESS_NAME, event);
}

const struct input *const *subject_inputs(const struct event *event)
{
    static const struct input *pointers[INPUTS];
    bool is_process = subject_template(event) == TEMPLATE_PROCESS;
    supply_text(is_process ? PROCESS_OPERATION : FILE_OPERATION,
                asked[line_of(event)].operation);
    if (is_process) {
        supply_process(event);
    } else {
        supply_file(event);
    }
    for (uint32_t i = 0; i < INPUTS; i++) {
        pointers[i] = &inputs[i];
    }
    return pointers;
}

void subject_words(const struct event *event, char *text, size_t size)
{
    uint32_t line = line_of(event);
    if (line == ASKED) {
        plugin_format(text, size, "%s by %s", event->pipe.name, event->actor.name);
        return;
    }
    plugin_format(text, size, "%s %s by %s", asked[line].operation, path_of(event),
                  event->actor.name);
}
