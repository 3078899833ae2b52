// gate: keeps one named pipe shut. The kernel asks it before a pipe is opened.
//
//   subscribes to   AUTH_PIPE_OPEN
//   reports         "asked": how many verdicts it has given
//   hears           "quick", "slow", "hang": how long it takes for a verdict
//                   "kill", "open", "closed": what follows if that is too long
//   rings           0 and 3; it denies the same in both, but nobody can hurry ring 0
//
// Whoever opens a pipe waits for the verdict. In ring 3 the kernel waits a tenth of a
// second, because gate_start says so. In ring 0 it waits for as long as it takes.
#include <minios/plugin.h>

#define KEPT_SHUT "lsass"
#define DEADLINE  100000000UL  // nanoseconds
#define SLOW      300000000UL

static uint64_t pace;  // nanoseconds for a verdict; UINT64_MAX = for ever
static uint64_t asked;

static int gate_start(void)
{
    const uint32_t type = EVENT_AUTH_PIPE_OPEN;
    int error = plugin_subscribe(&type, 1);
    return error < 0 ? error : plugin_event_setting(EVENT_SETTING_DEADLINE, DEADLINE);
}

static uint32_t gate_authorize(const struct event *event)
{
    plugin_sleep(pace);  // as a sensor does that asks its vendor's cloud
    plugin_report_value("asked", ++asked);
    bool is_kept_shut = memcmp(event->pipe.name, KEPT_SHUT, sizeof(KEPT_SHUT)) == 0;
    return is_kept_shut ? EVENT_VERDICT_DENY : EVENT_VERDICT_ALLOW;
}

static bool says(const struct message *message, const char *word)
{
    return message->type == MESSAGE_TEXT && message->size == strlen(word) + 1 &&
           memcmp(message->body, word, message->size) == 0;
}

// Does what a word says. Returns 0 or a negated ERROR_.
static int obey(const struct message *message)
{
    static const struct {
        const char *word;
        uint64_t pace;
    } paces[] = {{"quick", 0}, {"slow", SLOW}, {"hang", UINT64_MAX}};
    static const struct {
        const char *word;
        uint32_t mode;
    } modes[] = {{"kill", EVENT_MISS_KILL},
                 {"open", EVENT_MISS_FAIL_OPEN},
                 {"closed", EVENT_MISS_FAIL_CLOSED}};
    for (unsigned i = 0; i < 3; i++) {
        if (says(message, paces[i].word)) {
            pace = paces[i].pace;
            return 0;
        }
        if (says(message, modes[i].word)) {
            return plugin_event_setting(EVENT_SETTING_MISS_MODE, modes[i].mode);
        }
    }
    return -ERROR_BAD_ARGUMENT;
}

// An answer is a number for programs, 0 or an ERROR_, and words for people.
static void gate_message(const struct message *message, struct message *answer)
{
    uint64_t error = (uint64_t)-obey(message);
    char *words = (char *)answer->body + sizeof(error);
    memcpy(answer->body, &error, sizeof(error));
    answer->size =
        (uint32_t)sizeof(error) + 1 +
        (uint32_t)plugin_format(
            words, 64,
            error == 0 ? "as you say" : "quick, slow, hang, kill, open or closed?");
}

const struct plugin plugin = {
    .name = "gate",
    .start = gate_start,
    .authorize = gate_authorize,
    .message = gate_message,
};
