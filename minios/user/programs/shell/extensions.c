// The shell's commands for extensions: how the supervisor keeps them, and to have one
// held dead, so that somebody can find out why it died.
#include "shell.h"

#include "console.h"
#include "format.h"
#include "string.h"
#include "system.h"
#include "talk.h"

// Asks the supervisor. `words` gets its answer. Returns 0 or a negated ERROR_.
static long ask(const char *question, char words[MESSAGE_BODY_SIZE])
{
    struct message message;
    message_set_text(&message, MESSAGE_TEXT, question);
    long status = talk_ask("supervisor", &message, SECONDS(2));
    if (status < 0) {
        say("the supervisor does not answer: %s",
            status == -ERROR_NOT_FOUND ? "it does not run" : error_words(status));
        return status;
    }
    message_words(&message, words, MESSAGE_BODY_SIZE);
    return (long)message_status(&message);
}

void command_super(const char *first, const char *second)
{
    (void)first;
    (void)second;
    char words[MESSAGE_BODY_SIZE];
    if (ask("policy", words) < 0) {
        return;
    }
    say("restart policy: %s", words);
    say("extension     state    hold   restarts deaths without it");
    char question[24] = "status 0";
    for (uint32_t i = 0; ask(question, words) == 0;) {
        say("%s", words);
        format_text(question, sizeof(question), "status %u", ++i);
    }
}

static void tell(const char *verb, const char *name)
{
    char question[MESSAGE_BODY_SIZE], words[MESSAGE_BODY_SIZE];
    format_text(question, sizeof(question), "%s %s", verb, name);
    long status = ask(question, words);
    if (status == -ERROR_NOT_FOUND) {
        say("%s: no such extension; `super` lists them", name);
    } else if (status < 0) {
        say("%s: %s", name, error_words(status));
    }
}

void command_hold(const char *first, const char *second)
{
    (void)second;
    tell("hold", first);
}

void command_release(const char *first, const char *second)
{
    (void)second;
    tell("release", first);
}
