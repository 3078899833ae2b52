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

// Sets the date if there is one, and says it. FAT has 7 bits for the year, 4 for the
// month and 5 for the day.
void command_date(const char *first, const char *second)
{
    (void)second;
    if (*first != '\0') {
        bool is_date =
            strlen(first) == strlen("YYYY-MM-DD") && first[4] == '-' && first[7] == '-';
        uint32_t year = (uint32_t)string_number(first);
        uint32_t month = is_date ? (uint32_t)string_number(first + 5) : 0;
        uint32_t day = is_date ? (uint32_t)string_number(first + 8) : 0;
        long status = sys_date_set(year, month, day);
        if (status < 0) {
            say("%s: %s", first,
                status == -ERROR_BAD_ARGUMENT
                    ? "write a day from 1980-01-01 to 2107-12-31"
                    : error_words(status));
            return;
        }
    }
    uint64_t date = (uint64_t)sys_date();
    uint64_t month = date >> 5 & 15, day = date & 31;
    say("%lu-%s%lu-%s%lu", 1980 + (date >> 9), month < 10 ? "0" : "", month,
        day < 10 ? "0" : "", day);
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
    if (string_equals(word, "menu") && model_is_linux()) {
        return BOOT_MODE_RECOVERY;  // the boot menu is there in its place
    }
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
        say("usage: reset [%s]", model_is_linux() ? "menu" : "safe|lastgood|recovery");
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
