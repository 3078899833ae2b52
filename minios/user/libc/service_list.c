// The service list as a text file (see service_list.h). The kernel reads the same file
// with code of its own, in kernel/plugins/services.c; both must agree on what a line
// means.
#include "service_list.h"

#include "command.h"
#include "console.h"
#include "file.h"
#include "format.h"
#include "string.h"
#include "system.h"

static const char *const starts[] = {START_WORDS};

// The number of a start type. For any other word, one more than the last number.
static unsigned start_of(const char *word)
{
    unsigned start = 0;
    while (start < sizeof(starts) / sizeof(starts[0]) &&
           !string_equals(starts[start], word)) {
        start++;
    }
    return start;
}

// Whether the list starts a program by itself: the same rule as in the kernel.
static bool starts_something(const char *text)
{
    char line[SERVICE_LINE_BYTES], kind[SERVICE_WORD_BYTES], start[SERVICE_WORD_BYTES];
    while ((text = service_line_next(text, line)) != NULL) {
        service_line_word(line, 1, kind);
        service_line_word(line, 3, start);
        if (string_equals(kind, "program") && start_of(start) <= START_AUTO) {
            return true;
        }
    }
    return false;
}

long service_list_read(const char *path, char text[SERVICES_BYTES])
{
    long size = file_read(path, text, SERVICES_BYTES - 1);
    bool fits = size >= 0 && size < SERVICES_BYTES;
    text[fits ? size : 0] = '\0';
    if (size >= 0 && (!fits || !starts_something(text))) {
        text[0] = '\0';
        return -ERROR_BAD_IMAGE;
    }
    return size;
}

const char *service_line_next(const char *text, char line[SERVICE_LINE_BYTES])
{
    size_t length = 0;
    if (*text == '\0') {
        return NULL;
    }
    for (; *text != '\0' && *text != '\n'; text++) {
        bool blank = *text == ' ' || *text == '\t' || *text == '\r';
        if (blank && (length == 0 || line[length - 1] == ' ')) {
            continue;
        }
        if (length + 1 < SERVICE_LINE_BYTES) {
            line[length++] = blank ? ' ' : *text;
        }
    }
    line[length] = '\0';
    if (line[0] == '#') {
        line[0] = '\0';
    }
    (void)words_trim(line);
    return *text == '\n' ? text + 1 : text;
}

void service_line_word(const char *line, unsigned index, char word[SERVICE_WORD_BYTES])
{
    size_t length = 0;
    for (; *line != '\0' && index > 0; line++) {
        index -= *line == ' ';
    }
    for (; *line != '\0' && *line != ' ' && length + 1 < SERVICE_WORD_BYTES; line++) {
        word[length++] = *line;
    }
    word[length] = '\0';
}

// Finds the line of a service. Returns false if there is none.
static bool service_line_find(const char *text, const char *name,
                              char line[SERVICE_LINE_BYTES])
{
    char word[SERVICE_WORD_BYTES];
    while ((text = service_line_next(text, line)) != NULL) {
        service_line_word(line, 0, word);
        if (string_equals(word, name)) {
            return true;
        }
    }
    return false;
}

unsigned service_texts_differ(const char *now, const char *then)
{
    char line[SERVICE_LINE_BYTES], other[SERVICE_LINE_BYTES], name[SERVICE_WORD_BYTES];
    unsigned count = 0;
    for (const char *at = then; (at = service_line_next(at, line)) != NULL;) {
        service_line_word(line, 0, name);
        bool known = service_line_find(now, name, other);
        if (line[0] != '\0' && !(known && string_equals(line, other))) {
            count++;
            say("  now:  %s", known ? other : "-");
            say("  then: %s", line);
        }
    }
    for (const char *at = now; (at = service_line_next(at, line)) != NULL;) {
        service_line_word(line, 0, name);
        if (line[0] != '\0' && !service_line_find(then, name, other)) {
            count++;
            say("  now:  %s", line);
            say("  then: -");
        }
    }
    return count;
}

// Where the words of a line end. After them come blanks, and perhaps a comment.
static const char *tail_of(const char *at, const char *end)
{
    for (unsigned word = 0; word < SERVICE_WORDS_COUNT; word++) {
        while (at < end && (*at == ' ' || *at == '\t')) {
            at++;
        }
        while (at < end && *at != ' ' && *at != '\t' && *at != '\r' && *at != '\n') {
            at++;
        }
    }
    return at;
}

// Writes one line with another start type; the comment at its end is kept. Returns the
// length.
static size_t format_line(char *out, size_t room, const char *line, const char *start,
                          const char *tail, const char *end)
{
    char words[SERVICE_WORDS_COUNT][SERVICE_WORD_BYTES];
    for (unsigned i = 0; i < SERVICE_WORDS_COUNT; i++) {
        service_line_word(line, i, words[i]);
    }
    size_t length =
        (size_t)format_text(out, room, "%-13s %-10s %-29s %-7s %-7s %s", words[0],
                            words[1], words[2], start, words[4], words[5]);
    for (; tail < end; tail++, length++) {
        if (length < room) {
            out[length] = *tail;
        }
    }
    return length;
}

// Copies the text, with another start type in the line of one service. Returns the
// size, or -ERROR_NOT_FOUND, or -ERROR_NO_MEMORY if the text becomes too long.
static long text_set_start(const char *text, const char *name, const char *start,
                           char out[SERVICES_BYTES])
{
    char line[SERVICE_LINE_BYTES], word[SERVICE_WORD_BYTES];
    size_t used = 0;
    bool found = false;
    for (const char *at = text, *next; (next = service_line_next(at, line)) != NULL;
         at = next) {
        size_t length = (size_t)(next - at), room = SERVICES_BYTES - used;
        service_line_word(line, 0, word);
        if (string_equals(word, name)) {
            found = true;
            length =
                format_line(out + used, room, line, start, tail_of(at, next), next);
        } else if (length < room) {
            memcpy(out + used, at, length);
        }
        if (length >= room) {
            return -ERROR_NO_MEMORY;
        }
        used += length;
    }
    return found ? (long)used : -ERROR_NOT_FOUND;
}

long service_list_set_start(const char *name, const char *start)
{
    static char text[SERVICES_BYTES], changed[SERVICES_BYTES];
    if (start_of(start) > START_DISABLED) {
        return -ERROR_BAD_ARGUMENT;
    }
    long status = service_list_read(SERVICES_PATH, text);
    if (status >= 0) {
        status = text_set_start(text, name, start, changed);
    }
    if (status >= 0) {
        status = file_write(SERVICES_NEW_PATH, changed, (size_t)status);
    }
    return status < 0 ? status : sys_rename(SERVICES_NEW_PATH, SERVICES_PATH);
}

void service_list_command(const char *typed, const char *start)
{
    char name[NAME_SIZE];
    (void)string_copy(name, sizeof(name), typed);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
    }
    long status = service_list_set_start(name, start);
    if (status == -ERROR_BAD_ARGUMENT) {
        say("%s: give one of boot, system, auto, demand, disabled", start);
    } else if (status == -ERROR_NOT_FOUND) {
        say("%s: no such service; `svc` lists them", name);
    } else if (status < 0) {
        say("%s: %s", SERVICES_PATH, error_words(status));
    } else {
        say("%s: start type %s from the next start on", name, start);
    }
}
