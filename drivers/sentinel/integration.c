// The integration code: describes an event by twenty texts, the inputs for the
// interpreter.
//
// The definitions (minios/abi/content.py) declare twenty-one fields for this type of
// template. The last one, `correlation`, was declared, but this code never supplies it.
// Nothing compares the two numbers when this file is compiled: finding 1 of the public
// analysis. A content file may therefore ask for an input that does not exist.
#include "integration.h"

static struct input inputs[SENSOR_INPUTS];  // one thread only

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

static const char *operation_name(uint32_t type)
{
    switch (type) {
    case EVENT_PIPE_CREATE:
        return "create";
    case EVENT_PIPE_OPEN:
        return "open";
    default:
        return "other";
    }
}

static void supply_actors(const struct event *event)
{
    supply_text(IPC_PROCESS_NAME, event->actor.name);
    supply_number(IPC_PROCESS_ID, event->actor.process_id);
    supply_number(IPC_THREAD_ID, event->actor.thread_id);
    supply_text(IPC_PARENT_NAME, event->actor.parent);
    supply_number(IPC_PARENT_ID, event->actor.parent_id);
    supply_text(IPC_SERVER_NAME, event->pipe.server);
    supply_number(IPC_SERVER_ID, event->pipe.server_id);
    supply_number(IPC_RING, event->actor.process_id == 0 ? 0 : 3);
    supply_number(IPC_RIGHTS, event->actor.rights);
}

static void supply_pipe(const struct event *event)
{
    supply_text(IPC_OPERATION, operation_name(event->type));
    supply_text(IPC_PIPE_NAME, event->pipe.name);
    supply_number(IPC_OPEN_COUNT, event->pipe.open_count);
    supply_number(IPC_BYTES_WAITING, event->pipe.bytes_waiting);
    supply_number(IPC_SEQUENCE, event->sequence);
    supply_number(IPC_UPTIME_SECONDS, event->time / 1000000000);
}

static void supply_surroundings(const struct content_header *content)
{
    supply_text(IPC_MODEL, plugin_model());
    supply_number(IPC_CHANNEL, content->channel);
    supply_text(IPC_SENSOR_VERSION, SENTINEL_VERSION);
    supply_number(IPC_CONTENT_VERSION, content->version);
    supply_number(IPC_INSTANCE_COUNT, content->instances);
}

#if SENSOR_INPUTS > IPC_CORRELATION
// Only in a repaired sensor: the 21st input says which two processes talk. An input that
// the definitions declare beyond it is an empty text.
static void supply_correlation(const struct event *event)
{
    struct input *input = &inputs[IPC_CORRELATION];
    int length = plugin_format(input->text, INPUT_TEXT, "%u-%u", event->pipe.server_id,
                               event->actor.process_id);
    input->length = (uint32_t)length;
}
#endif

void integration_supply(struct evaluation *evaluation, const struct event *event,
                        const struct content *content)
{
    supply_pipe(event);
    supply_actors(event);
    supply_surroundings(content->header);
#if SENSOR_INPUTS > IPC_CORRELATION
    supply_correlation(event);
#endif
    for (uint32_t i = 0; i < SENSOR_INPUTS; i++) {
        evaluation->inputs[i] = &inputs[i];
    }
}
