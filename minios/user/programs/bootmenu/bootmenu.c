// bootmenu: the command lines of the machine, for a person whose machine does not start.
//
// In the model linux the kernel runs this program in place of the recovery environment
// (kernel/startup/boot_mode.c), before any module is loaded. It shows the entries of the
// file BOOT_MENU_PATH, which the kernel has read (kernel/disk/boot_entries.c). The words of
// the entry that a person chooses are added to the boot options of this start, and of this
// one alone. `default NAME` makes an entry the one that every start takes.
//
// The argument says why the program runs: "failed" (the last starts failed), "asked" (the
// start before asked for it) or "key" (somebody pressed F8). If starts have failed and
// nobody presses a key, the start goes on with the default: see countdown.h.
//
// The exit status is the BOOT_MODE_ of the start. It is the same for every entry: safe mode
// and the last good service list are not of Linux' world.
#include "command.h"
#include "console.h"
#include "countdown.h"
#include "file.h"
#include "format.h"
#include "line.h"
#include "string.h"
#include "system.h"

#define PREVIOUS "previous"

static struct boot_entry entries[BOOT_ENTRIES_LIMIT];
static uint32_t entry_count;

static void show_entries(void)
{
    say("");
    for (uint32_t i = 0; i < entry_count; i++) {
        const char *words = entries[i].words;
        say("  %u  %-15s %s%s", i + 1, entries[i].name,
            *words == '\0' ? "(adds nothing)" : words, i == 0 ? "  [default]" : "");
    }
    say("");
    say("Type a number or a name. `default NAME` makes an entry the default.");
}

static void show_menu(const char *reason)
{
    struct boot_status boot = {0};
    (void)sys_boot_status(&boot);
    say("");
    say("BOOT MENU  %s", string_equals(reason, "failed")
                             ? "The machine has not started properly."
                             : "Somebody wants to choose how it starts.");
    if (boot.failed_starts > 0) {
        say("%u start%s in a row ha%s failed.", boot.failed_starts,
            boot.failed_starts == 1 ? "" : "s", boot.failed_starts == 1 ? "s" : "ve");
    }
    show_entries();
}

// The number of the entry with this name. `entry_count` if there is none.
static uint32_t named(const char *name)
{
    uint32_t i = 0;
    while (i < entry_count && !string_equals(entries[i].name, name)) {
        i++;
    }
    return i;
}

// Writes all entries. They appear on the disk all at once, so a power cut does no harm.
static long write_entries(void)
{
    static char text[BOOT_MENU_BYTES];
    size_t used = (size_t)format_text(text, sizeof(text),
                                      "# A name, and the boot options that it adds.\n");
    for (uint32_t i = 0; i < entry_count; i++) {
        used += (size_t)format_text(text + used, sizeof(text) - used, "%s %s\n",
                                    entries[i].name, entries[i].words);
    }
    long status = file_write(BOOT_MENU_NEW_PATH, text, used);
    return status < 0 ? status : sys_rename(BOOT_MENU_NEW_PATH, BOOT_MENU_PATH);
}

// The first entry, which is the default, gets the words of another one. Its own words become
// those of `previous`, so that a person can go back.
static void make_default(const char *name)
{
    uint32_t chosen = named(name), previous = named(PREVIOUS);
    if (chosen == entry_count) {
        say("%s: there is no such entry", name);
        return;
    }
    if (chosen == 0) {
        say("%s is the default already", name);
        return;
    }
    struct boot_entry before = entries[0];
    memcpy(entries[0].words, entries[chosen].words, sizeof(before.words));
    if (previous < entry_count && previous != 0) {
        memcpy(entries[previous].words, before.words, sizeof(before.words));
    }
    long status = write_entries();
    if (status < 0) {
        say("%s: %s", BOOT_MENU_PATH, error_words(status));
        return;
    }
    say("from now on every start takes these words: %s",
        entries[0].words[0] == '\0' ? "(none)" : entries[0].words);
    show_entries();
}

// Does what a line says. Returns whether the start goes on.
static bool answer(char *line)
{
    static const char verb[] = "default ";
    line = words_trim(line);
    if (string_starts(line, verb)) {
        make_default(words_trim(line + sizeof(verb) - 1));
        return false;
    }
    uint32_t chosen = named(line);
    bool is_digit = line[0] >= '1' && line[0] <= '9' && line[1] == '\0';
    if (chosen == entry_count && is_digit) {
        chosen = (uint32_t)(line[0] - '1');
    }
    if (chosen < entry_count) {
        return sys_boot_choose(chosen) == 0;
    }
    if (*line != '\0') {
        say("type a number from 1 to %u, or a name", entry_count);
    }
    return false;
}

int main(const char *reason)
{
    while (entry_count < BOOT_ENTRIES_LIMIT &&
           sys_boot_entry(entry_count, &entries[entry_count]) == 0) {
        entry_count++;
    }
    if (string_equals(reason, "key")) {
        keys_drain();
    }
    show_menu(reason);
    if (string_equals(reason, "failed") && !countdown_is_interrupted()) {
        (void)sys_boot_choose(0);
        return BOOT_MODE_NORMAL;
    }
    for (bool goes_on = false; !goes_on;) {
        char line[80];
        if (line_read("boot> ", line, sizeof(line)) < 0) {
            break;  // the console fails, so nobody can choose
        }
        goes_on = answer(line);
    }
    return BOOT_MODE_NORMAL;
}
