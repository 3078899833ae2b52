// The commands stat, attrib, touch and mount (see disk_commands.h).
#include "disk_commands.h"

#include "console.h"
#include "file_commands.h"
#include "format.h"
#include "string.h"
#include "system.h"

static const struct {
    uint32_t flag;
    char letter;
    const char *word;
} flags[] = {
    {FILE_READ_ONLY, 'r', "read-only"}, {FILE_HIDDEN, 'h', "hidden"},
    {FILE_SYSTEM, 's', "system"},       {FILE_FOLDER, '\0', "folder"},
    {FILE_ARCHIVE, 'a', "archive"},
};

enum { FLAG_COUNT = sizeof(flags) / sizeof(flags[0]), TEXT_BYTES = 64 };

static void flag_words(uint32_t bits, char text[TEXT_BYTES])
{
    int used = 0;
    for (unsigned i = 0; i < FLAG_COUNT; i++) {
        if (bits & flags[i].flag) {
            used += format_text(text + used, (size_t)(TEXT_BYTES - used), "%s%s",
                                used == 0 ? "" : ", ", flags[i].word);
        }
    }
    if (used == 0) {
        (void)string_copy(text, TEXT_BYTES, "none");
    }
}

// ---- stat and mount.

static void say_moment(const char *word, uint16_t date, uint16_t time)
{
    say("%-9s %04u-%02u-%02u %02u:%02u:%02u", word, 1980U + (date >> 9),
        date >> 5 & 15U, date & 31U, time >> 11U, time >> 5 & 63U, 2 * (time & 31U));
}

void command_stat(const char *first, const char *second)
{
    (void)second;
    char path[PATH_SIZE], words[TEXT_BYTES];
    struct file_status status;
    struct file_attributes attributes;
    if (!path_make(path, "/", first)) {
        return;
    }
    long error = sys_stat(path, &status);
    if (error == 0) {
        error = sys_attributes(path, &attributes);
    }
    if (error < 0) {
        file_complain(path, error);
        return;
    }
    flag_words(status.flags, words);
    say("%-9s %u bytes", "size", status.size);
    say("%-9s %u clusters in %u pieces, from cluster %u", "lies in",
        attributes.clusters, attributes.pieces, attributes.first_cluster);
    say("%-9s %s", "flags", words);
    if (status.date != 0) {
        say_moment("written", status.date, status.time);
    }
    if (status.created_date != 0) {
        say_moment("created", status.created_date, status.created_time);
    }
}

void command_mount(const char *first, const char *second)
{
    (void)second;
    struct file_attributes disk;
    long error = 0;
    if (string_equals(first, "ro") || string_equals(first, "rw")) {
        error = sys_remount(string_equals(first, "ro"));
    } else if (*first != '\0') {
        say("usage: mount [ro or rw]");
        return;
    }
    if (error == 0) {
        error = sys_attributes("/", &disk);
    }
    if (error < 0) {
        say("mount: %s", error_words(error));
        return;
    }
    say("/: %s; %u of %u clusters are free, %u bytes each",
        disk.is_read_only ? "read-only" : "can be written", disk.free_clusters,
        disk.disk_clusters, disk.cluster_size);
}

// ---- attrib.

static uint32_t flag_of(char letter)
{
    for (unsigned i = 0; i < FLAG_COUNT; i++) {
        if (letter != '\0' && flags[i].letter == (letter | ' ')) {
            return flags[i].flag;
        }
    }
    return 0;
}

// Applies "+r -h" to the flags. Returns false if the text is something else.
static bool flags_apply(const char *text, uint32_t *bits)
{
    char sign = '\0';
    for (; *text != '\0'; text++) {
        uint32_t flag = flag_of(*text);
        if (*text == '+' || *text == '-' || *text == ' ') {
            sign = *text;
        } else if (flag != 0 && sign == '+') {
            *bits |= flag;
        } else if (flag != 0 && sign == '-') {
            *bits &= ~flag;
        } else {
            return false;
        }
    }
    return true;
}

void command_attrib(const char *first, const char *second)
{
    char path[PATH_SIZE], words[TEXT_BYTES];
    struct file_status status;
    if (!path_make(path, "/", first)) {
        return;
    }
    long error = sys_stat(path, &status);
    if (error == 0 && !flags_apply(second, &status.flags)) {
        say("usage: attrib FILE [+r -r +h -h +s -s +a -a]");
        return;
    }
    if (error == 0 && *second != '\0') {
        error = sys_set_flags(path, status.flags);
    }
    if (error < 0) {
        file_complain(path, error);
        return;
    }
    flag_words(status.flags, words);
    say("%s: %s", path, words);
}

// ---- touch.

// Reads a number at the beginning of a text, and goes behind it.
static bool take_number(const char **text, uint32_t *number)
{
    const char *begin = *text;
    *number = 0;
    while (**text >= '0' && **text <= '9' && *number <= 9999) {
        *number = *number * 10 + (uint32_t)(*(*text)++ - '0');
    }
    return *text != begin;
}

static bool take(const char **text, char wanted)
{
    bool is_there = **text == wanted;
    *text += is_there;
    return is_there;
}

// Reads "2024-07-19" or "2024-07-19 04:09" into the form of FAT. The kernel says whether
// there is such a day.
static bool moment_read(const char *text, uint32_t *date, uint32_t *time)
{
    uint32_t year, month, day, hour = 0, minute = 0;
    if (!take_number(&text, &year) || !take(&text, '-') ||
        !take_number(&text, &month) || !take(&text, '-') || !take_number(&text, &day)) {
        return false;
    }
    if (take(&text, ' ') && (!take_number(&text, &hour) || !take(&text, ':') ||
                             !take_number(&text, &minute))) {
        return false;
    }
    *date = (year - 1980) << 9 | month << 5 | day;
    *time = hour << 11 | minute << 5;
    return *text == '\0' && year >= 1980 && year <= 2107 && month <= 12 && day <= 31 &&
           hour <= 23 && minute <= 59;
}

void command_touch(const char *first, const char *second)
{
    char path[PATH_SIZE];
    uint32_t date = 0, time = 0;  // today
    if (!path_make(path, "/", first)) {
        return;
    }
    if (*second != '\0' && !moment_read(second, &date, &time)) {
        say("usage: touch FILE [YEAR-MONTH-DAY [HOUR:MINUTE]]");
        return;
    }
    long error = sys_access(path, 0);
    if (error == -ERROR_NOT_FOUND) {
        error = sys_open(path, OPEN_WRITE | OPEN_CREATE | OPEN_ONLY_NEW);
        error = error < 0 ? error : sys_close((uint32_t)error);
    }
    if (error == 0) {
        error = sys_set_times(path, date, time);
    }
    if (error == -ERROR_BAD_ARGUMENT) {
        say("%s: there is no such day", second);
    } else if (error < 0) {
        file_complain(path, error);
    }
}
