// toll: what does it cost to have a sensor at all? It allows everything, and looks at
// nothing.
//
//   hears           "told":  from now on it is told of what has happened
//                   "asked": from now on it is asked before something happens
//   subscribes to   files, named pipes and programs: those that are opened or begin
//   rings           0 and 3
//
// What is left is the price of the way: of the message to a process and of the answer,
// or of the call of a driver. `minios cost` measures it. A real sensor comes on top.
#include <minios/plugin.h>

static const uint32_t told[] = {EVENT_NOTIFY_OPEN, EVENT_PIPE_OPEN, EVENT_NOTIFY_EXEC};
static const uint32_t asked[] = {EVENT_AUTH_OPEN, EVENT_AUTH_PIPE_OPEN,
                                 EVENT_AUTH_EXEC};

static int toll_start(void)
{
    return 0;
}

static void toll_event(const struct event *event)
{
    (void)event;
}

static uint32_t toll_authorize(const struct event *event)
{
    (void)event;
    return EVENT_VERDICT_ALLOW;
}

static bool says(const struct message *message, const char *word)
{
    return message->type == MESSAGE_TEXT && message->size == strlen(word) + 1 &&
           memcmp(message->body, word, message->size) == 0;
}

// An answer is a number for programs, 0 or an ERROR_, and words for people.
static void toll_message(const struct message *message, struct message *answer)
{
    int error = -ERROR_BAD_ARGUMENT;
    if (says(message, "told")) {
        error = plugin_subscribe(told, sizeof(told) / sizeof(told[0]));
    } else if (says(message, "asked")) {
        error = plugin_subscribe(asked, sizeof(asked) / sizeof(asked[0]));
    }
    uint64_t status = (uint64_t)-error;
    char *words = (char *)answer->body + sizeof(status);
    memcpy(answer->body, &status, sizeof(status));
    int length = plugin_format(words, 32, error == 0 ? "as you say" : "told or asked?");
    answer->size = (uint32_t)(sizeof(status) + (size_t)length + 1);
}

const struct plugin plugin = {
    .name = "toll",
    .start = toll_start,
    .event = toll_event,
    .authorize = toll_authorize,
    .message = toll_message,
};
