// Waiting for somebody at the console (see countdown.h).
#include "countdown.h"

#include "console.h"
#include "system.h"
#include "talk.h"

enum { COUNTDOWN_STEP = 10 };  // seconds

void keys_drain(void)
{
    char keys[64];
    while (sys_input_wait(CONSOLE, MILLISECONDS(20)) >= 0) {
        (void)sys_read(CONSOLE, keys, sizeof(keys));
    }
}

bool countdown_is_interrupted(void)
{
    uint64_t left = talk_option("recovery_s", RECOVERY_SECONDS);
    if (left == 0) {
        return true;
    }
    left = left < RECOVERY_SECONDS_AT_MOST ? left : RECOVERY_SECONDS_AT_MOST;
    while (left > 0) {
        uint64_t step = left < COUNTDOWN_STEP ? left : COUNTDOWN_STEP;
        say("continues in %lu s, unless a key is pressed", left);
        if (sys_input_wait(CONSOLE, SECONDS(step)) >= 0) {
            return true;
        }
        left -= step;
    }
    return false;
}
