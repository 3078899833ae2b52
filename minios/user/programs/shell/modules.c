// The shell's commands for modules and for what the kernel says of itself. They have the
// names that Linux has for them: lsmod, insmod, rmmod, dmesg, uname.
#include "shell.h"

#include "console.h"
#include "format.h"
#include "string.h"
#include "system.h"

#define MODULES_FOLDER "/SYSTEM/DRIVERS/"
#define MODULE_ENDING  ".SYS"
#define MACHINE        "x86_64"

// "sentinel.sys" becomes "sentinel": people do not say the ending.
static void cut_ending(char *name)
{
    const char *ending = string_find(name, ".");
    if (ending != NULL) {
        name[ending - name] = '\0';
    }
}

// Those who are in the code of a module, and the last of those who died there.
static void users_words(const struct module_entry *entry, char *words, size_t size)
{
    static const char *const states[] = {
        [MODULE_STATE_COMING] = " (starting)",
        [MODULE_STATE_LIVE] = "",
        [MODULE_STATE_GOING] = " (being unloaded)",
        [MODULE_STATE_STUCK] = " (its thread has died)",
    };
    int used = format_text(words, size, "%u", entry->users);
    if (entry->dead > 0) {
        used += format_text(words + used, size - (size_t)used, " %s[%u], dead%s",
                            entry->dead_name, entry->dead_id,
                            entry->dead > 1 ? ", and others" : "");
    }
    format_text(words + used, size - (size_t)used, "%s", WORD_OF(states, entry->state));
}

void command_lsmod(const char *first, const char *second)
{
    (void)first;
    (void)second;
    if (!is_of_linux("lsmod", "`svc` lists the drivers")) {
        return;
    }
    struct module_entry entry;
    say("%-16s %8s  %s", "Module", "Size", "Used by");
    for (uint32_t i = 0; sys_module_query(i, &entry) >= 0; i++) {
        char words[96];
        users_words(&entry, words, sizeof(words));
        cut_ending(entry.name);
        say("%-16s %8lu  %s", entry.name, entry.size, words);
    }
}

// A name without a slash is a file in the folder of modules.
static bool module_path(char path[PATH_SIZE], const char *word)
{
    bool is_path = string_find(word, "/") != NULL;
    bool has_ending = string_find(word, ".") != NULL;
    int length = format_text(path, PATH_SIZE, "%s%s%s", is_path ? "" : MODULES_FOLDER,
                             word, is_path || has_ending ? "" : MODULE_ENDING);
    if (length >= PATH_SIZE) {
        say("%s: the path is longer than %d characters", word, PATH_SIZE - 1);
        return false;
    }
    return true;
}

void command_insmod(const char *first, const char *second)
{
    (void)second;
    char path[PATH_SIZE];
    if (!is_of_linux("insmod", "`load FILE` loads a driver")) {
        return;
    }
    if (!module_path(path, first)) {
        return;
    }
    long status = sys_driver_load(path);
    if (status < 0) {
        const char *why = status == -ERROR_REFUSED
                              ? "the policy or the command line forbids it"
                          : status == -ERROR_EXISTS ? "it is loaded already"
                                                    : error_words(status);
        say("insmod: ERROR: could not insert module %s: %s", first, why);
    }
}

static const char *why_not_removed(long status, bool by_force)
{
    switch (status) {
    case -ERROR_BUSY:
        return by_force ? "it is starting or ending" : "it is in use";
    case -ERROR_NOT_FOUND:
        return "it is not loaded; `lsmod` lists the modules";
    default:
        return error_words(status);
    }
}

void command_rmmod(const char *first, const char *second)
{
    bool by_force = string_equals(first, "-f");
    const char *word = by_force ? second : first;
    char name[NAME_SIZE];
    if (!is_of_linux("rmmod", "`unload DRIVER` unloads a driver")) {
        return;
    }
    if (*word == '\0') {
        say("usage: rmmod [-f] MODULE");
        return;
    }
    bool has_ending = string_find(word, ".") != NULL;
    int length =
        format_text(name, sizeof(name), "%s%s", word, has_ending ? "" : ".sys");
    if (length >= NAME_SIZE) {
        say("rmmod: ERROR: Module %s is not currently loaded", word);
        return;
    }
    long status = sys_module_unload(name, by_force ? MODULE_FORCE : 0);
    if (status == -ERROR_BUSY && !by_force) {
        say("rmmod: ERROR: Module %s is in use", word);
    } else if (status < 0) {
        say("rmmod: ERROR: could not remove module %s: %s", word,
            why_not_removed(status, by_force));
    }
}

void command_dmesg(const char *first, const char *second)
{
    (void)first;
    (void)second;
    char piece[CONSOLE_LINE];
    uint64_t position = 0;
    long got;
    while ((got = sys_log_read(&position, piece, sizeof(piece))) > 0) {
        (void)sys_write(CONSOLE, piece, (size_t)got);
    }
    if (got < 0) {
        say("dmesg: %s", error_words(got));
    } else if (position == 0) {
        say("dmesg: this model keeps no log of the kernel");
    }
}

struct taint_reason {
    uint32_t bit;
    char letter;
    const char *words;
};

#define TAINT_REASON(bit, letter, words) {bit, letter, words},
static const struct taint_reason reasons[] = {TAINT_TABLE(TAINT_REASON)};
#undef TAINT_REASON

enum { REASON_COUNT = sizeof(reasons) / sizeof(reasons[0]) };

// Writes "G D O". Linux' first letter is P if a module is not free, else G.
static void taint_letters(uint32_t taint, char *letters)
{
    *letters++ = taint & TAINT_PROPRIETARY_MODULE ? 'P' : 'G';
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (taint & reasons[i].bit && reasons[i].bit != TAINT_PROPRIETARY_MODULE) {
            *letters++ = ' ';
            *letters++ = reasons[i].letter;
        }
    }
    *letters = '\0';
}

static void say_reasons(uint32_t taint)
{
    if (!(taint & TAINT_PROPRIETARY_MODULE)) {
        say("  G: all modules are free software");
    }
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (taint & reasons[i].bit) {
            say("  %c: %s", reasons[i].letter, reasons[i].words);
        }
    }
}

void command_uname(const char *first, const char *second)
{
    (void)second;
    char model[NAME_SIZE], letters[48];
    if (*first == '\0') {
        say("minios");
        return;
    }
    if (!string_equals(first, "-a")) {
        say("usage: uname [-a]");
        return;
    }
    (void)sys_boot_option("model", model, sizeof(model));
    uint32_t taint = (uint32_t)sys_kernel_taint();
    taint_letters(taint, letters);
    say("minios %s %s, %s%s", model, MACHINE,
        taint == 0 ? "Not tainted" : "Tainted: ", taint == 0 ? "" : letters);
    if (taint != 0) {
        say_reasons(taint);
    }
}
