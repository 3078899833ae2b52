// recovery: the recovery environment, for a machine that does not start.
//
// The kernel runs this program before any driver and any service
// (kernel/startup/boot_mode.c), and waits until it ends. The exit status says how the
// start goes on. The argument says why it runs: "failed" (the last starts failed),
// "asked" (the start before asked for it) or "key" (somebody pressed F8).
//
// Why in ring 3, before everything else? A broken driver cannot disturb it, because
// none is loaded yet. And a mistake in this program ends only this program.
//
// Boot option recovery_s: if it runs because of failures and nobody presses a key for
// so many seconds, the machine starts as usual (default 30, at most 3600; 0 = wait for
// ever).
#include "command.h"
#include "console.h"
#include "countdown.h"
#include "disk_commands.h"
#include "file_commands.h"
#include "fix.h"
#include "last_stop.h"
#include "line.h"
#include "service_list.h"
#include "string.h"
#include "system.h"
#include "talk.h"

static struct boot_status boot;
static bool shell_ends;

static void chosen(const char *what)
{
    say("recovery: %s", what);
    talk_report(&(struct record){.kind = RECORD_RECOVERY_CHOICE}, NULL, what);
}

// ---- The shell.

static void command_svc(const char *first, const char *second)
{
    static char text[SERVICES_BYTES];
    if (*first != '\0' && *second == '\0') {
        say("usage: svc [NAME START]");
        return;
    }
    if (*first != '\0') {
        service_list_command(first, second);
        return;
    }
    long status = service_list_read(SERVICES_PATH, text);
    if (status < 0) {
        say("%s: %s", SERVICES_PATH, error_words(status));
        return;
    }
    char line[SERVICE_LINE_BYTES], words[6][SERVICE_WORD_BYTES];
    say("name          kind      start    error control");
    for (const char *at = text; (at = service_line_next(at, line)) != NULL;) {
        for (unsigned i = 0; i < 6; i++) {
            service_line_word(line, i, words[i]);
        }
        if (line[0] != '\0') {
            say("%-13s %-9s %-8s %s", words[0], words[1], words[3], words[4]);
        }
    }
}

static void command_exit(const char *first, const char *second)
{
    (void)first;
    (void)second;
    shell_ends = true;
}

static void command_help(const char *first, const char *second);

static const struct command commands[] = {
    {"help", "", "this list", 0, command_help},
    FILE_COMMANDS,
    DISK_COMMANDS,
    {"svc", "[NAME START]", "the services; or when one is started", 0, command_svc},
    {"dump", "[FILE]", "what the last crash was", 0, command_dump},
    {"exit", "", "back to the menu", 0, command_exit},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void command_help(const char *first, const char *second)
{
    (void)first;
    (void)second;
    command_list(commands, COMMAND_COUNT);
}

static long shell(void)
{
    chosen("shell");
    say("`help` lists the commands, `exit` leads back to the menu");
    shell_ends = false;
    while (!shell_ends) {
        char line[160];
        long status = line_read("recovery# ", line, sizeof(line));
        if (status < 0) {
            return BOOT_MODE_NORMAL;  // the console fails, so nobody can choose
        }
        command_run(commands, COMMAND_COUNT, line);
    }
    return -1;
}

// ---- The menu. Each choice returns the BOOT_MODE_ for the start, or -1 to stay here.

static long go_on(void)
{
    chosen("continue");
    return BOOT_MODE_NORMAL;
}

static long safe_mode(void)
{
    chosen("safe mode");
    return BOOT_MODE_SAFE;
}

static long last_good(void)
{
    static char now[SERVICES_BYTES], then[SERVICES_BYTES];
    chosen("last known good");
    long status = service_list_read(SERVICES_GOOD_PATH, then);
    if (status < 0) {
        say("the service list of the last good start cannot be used: %s",
            error_words(status));
        return -1;
    }
    (void)!service_list_read(SERVICES_PATH, now);  // empty if it cannot be used
    if (service_texts_differ(now, then) == 0) {
        say("the service list is the same as at the last good start: nothing to "
            "restore");
    }
    say("this brings back the service list and nothing else: no content, no other "
        "file");
    return BOOT_MODE_LAST_GOOD;
}

static long fetch_fix(void)
{
    chosen("fetch a fix");
    return fix_fetch() ? BOOT_MODE_NORMAL : -1;
}

static long switch_off(void)
{
    chosen("switch off");
    sys_power(POWER_OFF);
    return -1;
}

static const struct {
    const char *name;
    const char *words;
    long (*run)(void);
} choices[] = {
    {"continue", "start as usual", go_on},
    {"safe mode", "start only what the machine needs", safe_mode},
    {"last known good", "start with the service list of the last good start",
     last_good},
    {"shell", "look at the disk and change it by hand", shell},
    {"fetch a fix", "ask the vendor over the update link", fetch_fix},
    {"switch off", "change nothing", switch_off},
};

enum { CHOICE_COUNT = sizeof(choices) / sizeof(choices[0]) };

static void show_choices(void)
{
    say("");
    for (unsigned i = 0; i < CHOICE_COUNT; i++) {
        say("  %u  %-16s %s", i + 1, choices[i].name, choices[i].words);
    }
    say("");
}

static void show_menu(const char *reason)
{
    struct last_stop last = last_stop_newest();
    say("");
    say("RECOVERY  %s", string_equals(reason, "failed")
                            ? "The machine has not started properly."
                            : "Somebody wants to choose how it starts.");
    if (boot.failed_starts > 0) {
        say("%u start%s in a row ha%s failed.", boot.failed_starts,
            boot.failed_starts == 1 ? "" : "s", boot.failed_starts == 1 ? "s" : "ve");
    }
    if (last.known) {
        say("Last crash: stop 0x%lx %s in %s", last.stop.code,
            stop_name(last.stop.code), last.place);
    }
    show_choices();
}

static long answer(char *line)
{
    line = words_trim(line);
    for (unsigned i = 0; i < CHOICE_COUNT; i++) {
        bool number = line[0] == (char)('1' + i) && line[1] == '\0';
        if (number || string_equals(line, choices[i].name)) {
            long mode = choices[i].run();
            if (mode < 0) {
                show_choices();
            }
            return mode;
        }
    }
    if (*line != '\0') {
        say("type a number from 1 to %d", CHOICE_COUNT);
    }
    return -1;
}

int main(const char *reason)
{
    (void)sys_boot_status(&boot);
    if (string_equals(reason, "key")) {
        keys_drain();
    }
    show_menu(reason);
    if (string_equals(reason, "failed") && !countdown_is_interrupted()) {
        return (int)go_on();
    }
    long mode = -1;
    while (mode < 0) {
        char line[80];
        if (line_read("recovery> ", line, sizeof(line)) < 0) {
            return BOOT_MODE_NORMAL;
        }
        mode = answer(line);
    }
    return (int)mode;
}
