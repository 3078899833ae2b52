// lamps: asks the driver of the lamps to do something, and prints its answer.
//
//     run lamps on 3      one lamp on; "off 3" switches it off
//     run lamps all       all lamps on; "dark" switches them off
//     run lamps show 2    one of the pictures that the driver knows
//     run lamps read      which lamps glow, and how warm they are
//
// The driver may run in ring 3 (lamps.drv) or in ring 0 (lamps.sys). For its client that
// makes no difference, unless the driver dies: then a client in the one case gets an
// error, and in the other there is no machine any more.
#include "console.h"
#include "string.h"
#include "system.h"
#include "talk.h"

static const char *const drivers[] = {"lamps" USER_DRIVER_ENDING,
                                      "lamps" DRIVER_ENDING};

enum { DRIVER_COUNT = sizeof(drivers) / sizeof(drivers[0]) };

static long ask(const char *words, struct message *answer)
{
    long status = -ERROR_NOT_FOUND;
    for (unsigned i = 0; i < DRIVER_COUNT && status == -ERROR_NOT_FOUND; i++) {
        message_set_text(answer, MESSAGE_TEXT, words);
        status = talk_ask(drivers[i], answer, SECONDS(1));
    }
    return status < 0 ? status : -(long)message_status(answer);
}

int main(const char *argument)
{
    struct message answer;
    char words[MESSAGE_BODY_SIZE];
    if (*argument == '\0') {
        say("usage: run lamps on N, off N, all, dark, show N, or read");
        return 1;
    }
    long status = ask(argument, &answer);
    if (status < 0) {
        say("lamps: %s", error_words(status));
        return 1;
    }
    message_words(&answer, words, sizeof(words));
    say("lamps: %s", words);
    return 0;
}
