// The integration code for processes (see subject.h).
//
// The kernel asks before it does something: a program is to begin.
// sentinel.c answers. It is asked only about what the content has rules for, because
// everybody who is asked about waits.
#include "subject.h"

enum { INPUTS = PROCESS_MODEL + 1 };  // as many as are supplied below

_Static_assert(INPUTS == PROCESS_FIELDS_DECLARED, "an input for each field");

static const struct {
    uint32_t type;
    uint32_t template;
    const char *operation;
} asked[] = {
    {EVENT_AUTH_EXEC, TEMPLATE_PROCESS, "exec"},
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

static void supply_actor(const struct event *event)
{
    const struct event_actor *actor = &event->actor;
    supply_text(PROCESS_PROCESS_NAME, actor->name);
    supply_number(PROCESS_PROCESS_ID, actor->process_id);
    supply_number(PROCESS_THREAD_ID, actor->thread_id);
    supply_text(PROCESS_PARENT_NAME, actor->parent);
    supply_number(PROCESS_PARENT_ID, actor->parent_id);
    supply_number(PROCESS_RING, actor->process_id == 0 ? 0 : 3);
    supply_number(PROCESS_RIGHTS, actor->rights);
    supply_number(PROCESS_SEQUENCE, event->sequence);
    supply_number(PROCESS_UPTIME_SECONDS, event->time / 1000000000);
    supply_text(PROCESS_MODEL, plugin_model());
}

static void supply_process(const struct event *event)
{
    supply_text(PROCESS_PROGRAM_PATH, event->process.path);
    supply_text(PROCESS_PROGRAM_NAME, event->process.name);
    supply_number(PROCESS_PROGRAM_RIGHTS, event->process.rights);
    supply_actor(event);
}

const struct input *const *subject_inputs(const struct event *event)
{
    static const struct input *pointers[INPUTS];
    supply_text(PROCESS_OPERATION, asked[line_of(event)].operation);
    supply_process(event);
    for (uint32_t i = 0; i < INPUTS; i++) {
        pointers[i] = &inputs[i];
    }
    return pointers;
}

void subject_words(const struct event *event, char *text, size_t size)
{
    if (subject_template(event) == TEMPLATE_IPC) {
        plugin_format(text, size, "%s by %s", event->pipe.name, event->actor.name);
        return;
    }
    plugin_format(text, size, "%s %s by %s", asked[line_of(event)].operation,
                  event->process.path, event->actor.name);
}
