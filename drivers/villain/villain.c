// villain: a plugin that commits the crime that it is told to commit, in ring 0 or in
// ring 3.
//
// It is told by a message with the name of the crime (`run commit NAME` in the shell).
// Crimes that need a pointer of a program are told by a control request, and run on the
// thread of that program. This code does not decide what happens then: the ring does.
#include "crimes.h"

// What a control request asks for; minios/user/programs/commit/ has the same list.
enum { CONTROL_READ, CONTROL_CALL, CONTROL_DIVIDE, CONTROL_BADOP };

static const struct {
    const char *name;
    void (*commit)(void);
} crimes[] = {
#define CRIME(name) {#name, crime_##name},
#include "crime_list.h"
#undef CRIME
};

static long refusal;  // the error with which the kernel refused the crime, or 0

void crime_was_refused(long error)
{
    refusal = error;
}

static bool is_named(const struct message *message, const char *name)
{
    size_t length = strlen(name) + 1;  // with the NUL
    return message->type == MESSAGE_TEXT && message->size == length &&
           memcmp(message->body, name, length) == 0;
}

static void villain_message(const struct message *message, struct message *answer)
{
    uint64_t status = is_named(message, "nothing") ? 0 : ERROR_NOT_FOUND;
    for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++) {
        if (is_named(message, crimes[i].name)) {
            plugin_log("commits %s", crimes[i].name);
            refusal = 0;
            crimes[i].commit();
            status = (uint64_t)-refusal;
        }
    }
    memcpy(answer->body, &status, sizeof(status));
    answer->size = sizeof(status);
}

// Serves a control request without checking the caller's pointer. Real drivers have
// made this mistake.
static long villain_control(uint64_t request, uint64_t pointer)
{
    static const char *const words[] = {"a read", "a call", "a division",
                                        "a bad instruction"};
    if (request > CONTROL_BADOP) {
        return -ERROR_NOT_IMPLEMENTED;
    }
    plugin_log("commits %s", words[request]);
    if (request == CONTROL_CALL) {
        ((void (*)(void))pointer)();
    } else if (request == CONTROL_DIVIDE) {
        crime_divide();
    } else if (request == CONTROL_BADOP) {
        crime_badop();
    } else {
        (void)*(volatile uint64_t *)pointer;
    }
    return 0;
}

static int villain_start(void)
{
    plugin_log("runs in ring %d", plugin_ring());
    return 0;
}

const struct plugin plugin = {
    .name = "villain",
    .start = villain_start,
    .message = villain_message,
    .control = villain_control,
};
