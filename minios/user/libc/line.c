// Reading a line from the console (see line.h). Every byte that arrives is a key;
// line_take decides what the key does.
#include "line.h"

#include <stdbool.h>
#include <stdint.h>

#include "console.h"
#include "system.h"

enum key {
    KEY_INTERRUPT = 3,  // ^C
    KEY_BACKSPACE = 8,
    KEY_NEWLINE = 10,
    KEY_CLEAR = 12,  // ^L
    KEY_RETURN = 13,
    KEY_ESCAPE = 27,
    KEY_DELETE = 127,
};

// Bytes that came together with the line before, but belong to the next.
static uint8_t keys[64];
static size_t key_next;
static size_t key_end;
static enum { ESCAPE_NONE, ESCAPE_SEEN, ESCAPE_SEQUENCE } escape;

struct line {
    const char *prompt;
    char *text;
    size_t size;
    size_t length;
};

static long key_read(uint8_t *key)
{
    while (key_next == key_end) {
        long got = sys_read(CONSOLE, keys, sizeof(keys));
        if (got < 0) {
            return got;
        }
        key_next = 0;
        key_end = (size_t)got;
    }
    *key = keys[key_next++];
    return 0;
}

// Whether a key belongs to an escape sequence such as ESC [ A, which ends with a
// letter.
static bool key_is_escape(uint8_t key)
{
    if (key == KEY_ESCAPE) {
        escape = ESCAPE_SEEN;
        return true;
    }
    if (escape == ESCAPE_SEEN) {
        escape = key == '[' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
        return key == '[';  // every other key has its usual meaning
    }
    if (escape == ESCAPE_SEQUENCE) {
        if (key >= '@' && key <= '~') {
            escape = ESCAPE_NONE;
        }
        return true;
    }
    return false;
}

// Takes one key into the line. Returns whether the line is finished.
static bool line_take(struct line *line, uint8_t key)
{
    switch (key) {
    case KEY_RETURN:
    case KEY_NEWLINE:
        say_part("\n");
        return true;
    case KEY_INTERRUPT:
        line->length = 0;
        say_part("^C\n%s", line->prompt);
        return false;
    case KEY_CLEAR:
        line->text[line->length] = '\0';
        say_part("\x1b[2J\x1b[H%s%s", line->prompt, line->text);
        return false;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        if (line->length > 0) {
            line->length--;
            say_part("\b \b");
        }
        return false;
    default:
        if (key >= ' ' && key < KEY_DELETE && line->length + 1 < line->size) {
            line->text[line->length++] = (char)key;
            say_part("%c", key);
        }
        return false;
    }
}

long line_read(const char *prompt, char *text, size_t size)
{
    struct line line = {.prompt = prompt, .text = text, .size = size};
    static uint8_t last;  // a terminal may send CR and LF for one Enter
    say_part("%s", prompt);
    for (;;) {
        uint8_t key;
        long status = key_read(&key);
        if (status < 0) {
            return status;
        }
        bool second_half = key == KEY_NEWLINE && last == KEY_RETURN;
        last = key;
        if (!second_half && !key_is_escape(key) && line_take(&line, key)) {
            text[line.length] = '\0';
            return 0;
        }
    }
}
