// counter: counts how often named pipes are created and opened.
//
//   subscribes to   PIPE_CREATE, PIPE_OPEN
//   reports         "creates" and "opens": how many so far, after each event
//   rings           0 and 3; it does the same in both
//
// This is the shortest plugin that does something useful. Read it first. The kernel
// calls counter_start once. From then on it calls counter_event for each event.
#include <minios/plugin.h>

// One thread calls all functions of a plugin, so these need no lock.
static uint64_t creates, opens;

static int counter_start(void)
{
    static const uint32_t types[] = {EVENT_PIPE_CREATE, EVENT_PIPE_OPEN};
    return plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
}

static void counter_event(const struct event *event)
{
    if (event->type == EVENT_PIPE_CREATE) {
        plugin_report_value("creates", ++creates);
    } else {
        plugin_report_value("opens", ++opens);
    }
}

const struct plugin plugin = {
    .name = "counter",
    .start = counter_start,
    .event = counter_event,
};
