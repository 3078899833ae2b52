// The commands for files: ls, cat, hex, cp, mv, rm (see file_commands.h).
#include "file_commands.h"

#include "console.h"
#include "file.h"
#include "format.h"
#include "string.h"
#include "system.h"

bool path_make(char path[PATH_SIZE], const char *folder, const char *word)
{
    const char *parts[] = {word[0] == '/' ? "" : folder, word};
    size_t length = 0;
    for (unsigned part = 0; part < 2; part++) {
        for (const char *at = parts[part]; *at != '\0'; at++) {
            char c = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
            if (c == '/' && length > 0 && path[length - 1] == '/') {
                continue;
            }
            if (length == PATH_SIZE - 1) {
                say("%s: the path is longer than %d characters", word, PATH_SIZE - 1);
                return false;
            }
            path[length++] = c;
        }
    }
    length -= length > 1 && path[length - 1] == '/';
    path[length] = '\0';
    return true;
}

void file_complain(const char *path, long error)
{
    struct file_entry entry;
    const char *words = error_words(error);
    if (error == -ERROR_NOT_FOUND) {
        words = "no such file or folder";
    } else if (error == -ERROR_BAD_ARGUMENT &&
               sys_list(path, 0, &entry) != -ERROR_BAD_ARGUMENT) {
        words = "that is a folder, not a file";
    }
    say("%s: %s", path, words);
}

// Prints what went wrong with two files. If the first cannot be read, it names that
// one, otherwise the second.
static void complain_of_two(const char *from, const char *to, long error)
{
    file_complain(sys_access(from, OPEN_READ) < 0 ? from : to, error);
}

bool path_exists(const char *path)
{
    return sys_access(path, 0) != -ERROR_NOT_FOUND;
}

void command_ls(const char *first, const char *second)
{
    (void)second;
    char path[PATH_SIZE];
    if (!path_make(path, "/", first)) {
        return;
    }
    struct file_entry entry;
    long status = 0;
    uint32_t count = 0;
    for (; (status = sys_list(path, count, &entry)) >= 0; count++) {
        if (entry.is_directory) {
            say("%-12s  folder", entry.name);
        } else {
            say("%-12s  %6u", entry.name, entry.size);
        }
    }
    if (status == -ERROR_BAD_ARGUMENT) {
        say("%s: that is a file, not a folder", path);
    } else if (status != -ERROR_NOT_FOUND || (count == 0 && !path_exists(path))) {
        file_complain(path, status);
    }
}

void command_cat(const char *first, const char *second)
{
    (void)second;
    char path[PATH_SIZE];
    if (!path_make(path, "/", first)) {
        return;
    }
    long handle = sys_open(path, OPEN_READ);
    if (handle < 0) {
        file_complain(path, handle);
        return;
    }
    char chunk[256];
    char last = '\n';
    long got = 0;
    while ((got = sys_read((uint32_t)handle, chunk, sizeof(chunk))) > 0) {
        sys_write(CONSOLE, chunk, (size_t)got);
        last = chunk[got - 1];
    }
    sys_close((uint32_t)handle);
    if (last != '\n') {
        say_part("\n");
    }
    if (got < 0) {
        file_complain(path, got);
    }
}

void command_rm(const char *first, const char *second)
{
    (void)second;
    char path[PATH_SIZE];
    if (!path_make(path, "/", first)) {
        return;
    }
    long status = sys_unlink(path);
    if (status < 0) {
        file_complain(path, status);
    }
}

void command_mv(const char *first, const char *second)
{
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    if (!path_make(from, "/", first) || !path_make(to, "/", second)) {
        return;
    }
    long status = sys_rename(from, to);
    if (status < 0) {
        complain_of_two(from, to, status);
    }
}

void command_cp(const char *first, const char *second)
{
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    if (!path_make(from, "/", first) || !path_make(to, "/", second)) {
        return;
    }
    if (string_equals(from, to)) {
        say("%s: that is the same file", from);
        return;
    }
    long status = sys_clone(from, to);
    if (status == -ERROR_EXISTS) {
        status = file_copy(from, to);  // over a file that exists
    }
    if (status < 0) {
        complain_of_two(from, to, status);
    }
}

enum { HEX_COLUMNS = 16, HEX_BYTES = 256 };

static void hex_line(uint32_t offset, const uint8_t *bytes, size_t count)
{
    char line[CONSOLE_LINE];
    int used = format_text(line, sizeof(line), "%06x ", offset);
    for (size_t i = 0; i < HEX_COLUMNS; i++) {
        size_t room = sizeof(line) - (size_t)used;
        used += i < count ? format_text(line + used, room, " %02x", bytes[i])
                          : format_text(line + used, room, "   ");
    }
    line[used++] = ' ';
    line[used++] = ' ';
    for (size_t i = 0; i < count; i++) {
        bool shown = bytes[i] >= ' ' && bytes[i] < 127;
        line[used++] = shown ? (char)bytes[i] : '.';
    }
    line[used] = '\0';
    say("%s", line);
}

void command_hex(const char *first, const char *second)
{
    char path[PATH_SIZE];
    if (!path_make(path, "/", first)) {
        return;
    }
    long handle = sys_open(path, OPEN_READ);
    if (handle < 0) {
        file_complain(path, handle);
        return;
    }
    uint32_t offset = (uint32_t)string_number(second);
    uint8_t bytes[HEX_BYTES];
    long got = sys_seek((uint32_t)handle, offset);
    if (got >= 0) {
        got = sys_read((uint32_t)handle, bytes, sizeof(bytes));
    }
    sys_close((uint32_t)handle);
    if (got < 0) {
        file_complain(path, got);
        return;
    }
    for (long at = 0; at < got; at += HEX_COLUMNS) {
        long left = got - at;
        hex_line(offset + (uint32_t)at, bytes + at,
                 (size_t)(left < HEX_COLUMNS ? left : HEX_COLUMNS));
    }
    if (got == HEX_BYTES) {
        say("more: hex %s %u", first, offset + HEX_BYTES);
    }
}
