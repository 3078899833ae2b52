// The shell's commands for the machine itself: its time, its model, its power switch.
#include "shell.h"

#include "console.h"
#include "string.h"
#include "system.h"

void command_uptime(const char *first, const char *second)
{
    (void)first;
    (void)second;
    uint64_t milliseconds = (uint64_t)sys_clock() / 1000000;
    say("up %lu.%03lu s", milliseconds / 1000, milliseconds % 1000);
}

void command_model(const char *first, const char *second)
{
    (void)first;
    (void)second;
    char model[NAME_SIZE];
    long status = sys_boot_option("model", model, sizeof(model));
    if (status < 0) {
        say("the machine was booted without model=");
        return;
    }
    say("%s", model);
}

// The mode that is meant by a word after `reset`. BOOT_MODE_RECOVERY + 1 for any other
// word.
static uint32_t mode_of(const char *word)
{
    static const char *const words[] = {
        [BOOT_MODE_NORMAL] = "",
        [BOOT_MODE_SAFE] = "safe",
        [BOOT_MODE_LAST_GOOD] = "lastgood",
        [BOOT_MODE_RECOVERY] = "recovery",
    };
    uint32_t mode = 0;
    while (mode <= BOOT_MODE_RECOVERY && !string_equals(word, words[mode])) {
        mode++;
    }
    return mode;
}

static void power(uint32_t operation)
{
    long status = sys_power(operation);
    if (status < 0) {
        say("the machine stays on: %s", error_words(status));
    }
}

void command_off(const char *first, const char *second)
{
    (void)first;
    (void)second;
    power(POWER_OFF);
}

void command_reset(const char *first, const char *second)
{
    (void)second;
    uint32_t mode = mode_of(first);
    if (mode > BOOT_MODE_RECOVERY) {
        say("usage: reset [safe|lastgood|recovery]");
        return;
    }
    long status = sys_boot_next(mode);
    if (status < 0) {
        say("cannot choose the mode of the next start: %s", error_words(status));
        return;
    }
    power(POWER_RESET);
}

void command_crash(const char *first, const char *second)
{
    (void)first;
    (void)second;
    power(POWER_CRASH);
}
