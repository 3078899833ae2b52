// bootmenu: the command lines of the machine, for a person whose machine does not start.
//
// In the model linux the kernel runs this program in place of the recovery environment
// (kernel/startup/boot_mode.c), before any module is loaded. It shows the entries of the
// file BOOT_MENU_PATH, which the kernel has read (kernel/disk/boot_entries.c). The words of
// the entry that a person chooses are added to the boot options of this start, and of this
// one alone. So are words that are typed after the name, or after `edit NAME` in place of
// those of the entry, as with the key e in the boot loader GRUB. `default NAME` makes an
// entry the one that every start takes; with words, it changes the entry for good. Then
// `previous` keeps what the entry was before.
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
#include "typed.h"

#define PREVIOUS "previous"

static struct boot_entry entries[BOOT_ENTRIES_LIMIT];
static uint32_t entry_count;

static void show_entries(void)
{
    say("");
    for (uint32_t i = 0; i < entry_count; i++) {
        const char *words = entries[i].words;
        say("  %u  %-15s %s%s", i + 1, entries[i].name,
            *words == '\0' ? "(adds nothing)" : words,
            entries[i].is_default ? "  [default]" : "");
    }
    say("");
    say("Type a number or a name. `help` has more, and says what `previous` is.");
}

static void show_help(void)
{
    say("  NAME [OPTIONS]          start with this entry, and with these options, too");
    say("  edit NAME               the same with other options in place of its own");
    say("  default NAME [OPTIONS]  every start takes this entry; OPTIONS are kept in "
        "it");
    say("  options                 the boot options that you can type");
    say("");
    say("A number stands for a name. `previous` is what an entry was before `default`");
    say("gave it other options, as a way back. Example: current panic=0");
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

// The number of the entry with this name or number. `entry_count` if there is none.
static uint32_t named(const char *name)
{
    uint32_t i = 0;
    while (i < entry_count && !string_equals(entries[i].name, name)) {
        i++;
    }
    if (i == entry_count && name[0] >= '1' && name[0] <= '9' && name[1] == '\0') {
        uint32_t number = (uint32_t)(name[0] - '1');
        return number < entry_count ? number : entry_count;
    }
    return i;
}

static uint32_t default_entry(void)
{
    uint32_t i = 0;
    while (i + 1 < entry_count && !entries[i].is_default) {
        i++;
    }
    return i;
}

// Writes all entries. They appear on the disk all at once, so a power cut does no harm.
static long write_entries(void)
{
    static char text[BOOT_MENU_BYTES];
    size_t used = (size_t)format_text(
        text, sizeof(text),
        "# A name, and the boot options that it adds. The default has a *.\n");
    for (uint32_t i = 0; i < entry_count; i++) {
        used += (size_t)format_text(text + used, sizeof(text) - used, "%s%s %s\n",
                                    entries[i].is_default ? "*" : "", entries[i].name,
                                    entries[i].words);
        if (used >= sizeof(text)) {
            return -ERROR_NO_SPACE;  // such a file could not be read again
        }
    }
    long status = file_write(BOOT_MENU_NEW_PATH, text, used);
    return status < 0 ? status : sys_rename(BOOT_MENU_NEW_PATH, BOOT_MENU_PATH);
}

// Gives an entry other words for good. Its own words become those of `previous`, so that a
// person can go back.
static bool change(uint32_t chosen, const char *typed)
{
    char words[BOOT_ENTRY_WORDS_SIZE];
    if (!options_are_good(typed) ||
        !options_join(words, sizeof(words), typed, entries[chosen].words)) {
        return false;
    }
    uint32_t previous = named(PREVIOUS);
    if (previous < entry_count && previous != chosen) {
        memcpy(entries[previous].words, entries[chosen].words, sizeof(words));
    }
    memcpy(entries[chosen].words, words, sizeof(words));
    return true;
}

static void make_default(char *name)
{
    char *typed = word_cut(name);
    uint32_t chosen = named(name), before = default_entry();
    if (chosen == entry_count) {
        say("%s: there is no such entry", name);
        return;
    }
    if (chosen == before && *typed == '\0') {
        say("%s is the default already", entries[chosen].name);
        return;
    }
    if (*typed != '\0' && !change(chosen, typed)) {
        return;
    }
    entries[before].is_default = 0;
    entries[chosen].is_default = 1;
    long status = write_entries();
    if (status < 0) {
        say("%s: %s", BOOT_MENU_PATH, error_words(status));
        return;
    }
    say("from now on every start takes the entry %s: %s", entries[chosen].name,
        entries[chosen].words[0] == '\0' ? "it adds nothing" : entries[chosen].words);
    show_entries();
}

// Asks for all words of this start. Returns whether the start goes on.
static bool edit(const char *name)
{
    char line[BOOT_ENTRY_WORDS_SIZE];
    uint32_t chosen = named(name);
    if (chosen == entry_count) {
        say("%s: there is no such entry", name);
        return false;
    }
    const char *words = entries[chosen].words;
    say("%s has now: %s", entries[chosen].name, *words == '\0' ? "(nothing)" : words);
    say("Type all options for this start, or `none`. An empty line leads back.");
    if (line_read("options> ", line, sizeof(line)) < 0) {
        return false;
    }
    char *typed = words_trim(line);
    if (*typed == '\0') {
        return false;
    }
    if (string_equals(typed, "none")) {
        return sys_boot_choose(chosen, "") == 0;
    }
    return options_are_good(typed) && sys_boot_choose(chosen, typed) == 0;
}

// Starts with an entry, and with the words that were typed after its name.
static bool start(char *name)
{
    char words[BOOT_ENTRY_WORDS_SIZE];
    char *typed = word_cut(name);
    uint32_t chosen = named(name);
    if (chosen == entry_count) {
        say("type a number from 1 to %u, or a name; or `help`", entry_count);
        return false;
    }
    if (*typed == '\0') {
        return sys_boot_choose(chosen, NULL) == 0;
    }
    return options_are_good(typed) &&
           options_join(words, sizeof(words), typed, entries[chosen].words) &&
           sys_boot_choose(chosen, words) == 0;
}

// Does what a line says. Returns whether the start goes on. An entry may have the name of a
// command: then its number chooses it.
static bool answer(char *line)
{
    line = words_trim(line);
    if (*line == '\0') {
        return false;
    }
    if (string_equals(line, "help") || string_equals(line, "?")) {
        show_help();
        return false;
    }
    if (string_equals(line, "options")) {
        options_list();
        return false;
    }
    if (string_equals(line, "default")) {
        say("usage: default NAME [OPTIONS]");
        return false;
    }
    if (string_starts(line, "default ")) {
        make_default(words_trim(line + strlen("default ")));
        return false;
    }
    if (string_equals(line, "edit") || string_equals(line, "e")) {
        say("usage: edit NAME");
        return false;
    }
    if (string_starts(line, "edit ") || string_starts(line, "e ")) {
        return edit(words_trim(line + (line[1] == ' ' ? 2 : strlen("edit "))));
    }
    return start(line);
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
        (void)sys_boot_choose(default_entry(), NULL);
        return BOOT_MODE_NORMAL;
    }
    for (bool goes_on = false; !goes_on;) {
        char line[sizeof("default ") + sizeof(struct boot_entry)];
        if (line_read("boot> ", line, sizeof(line)) < 0) {
            break;  // the console fails, so nobody can choose
        }
        goes_on = answer(line);
    }
    return BOOT_MODE_NORMAL;
}
