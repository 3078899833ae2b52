// Numbers and texts into a buffer (see format.h). A conversion such as "%5u" is first
// written to a small buffer, then filled up to its width.
#include "format.h"

#include <stdbool.h>
#include <stdint.h>

#include "string.h"

// Where the text goes. What does not fit into `size` is counted and not written.
struct sink {
    char *buffer;
    size_t size;
    size_t length;  // of the whole text, also of the part that does not fit
};

// One conversion of a format: what stands between '%' and its letter, and the letter.
struct conversion {
    bool left;
    bool zeros;
    bool wide;  // with l or z: the argument has 64 bits
    size_t width;
    char letter;
};

static void sink_put(struct sink *sink, char character)
{
    if (sink->length + 1 < sink->size) {
        sink->buffer[sink->length] = character;
    }
    sink->length++;
}

static void sink_pad(struct sink *sink, char character, size_t used, size_t width)
{
    for (; used < width; used++) {
        sink_put(sink, character);
    }
}

// Writes a text, filled up to the width of the conversion.
static void sink_field(struct sink *sink, const struct conversion *conversion,
                       const char *text)
{
    size_t length = strlen(text);
    if (!conversion->left) {
        sink_pad(sink, conversion->zeros ? '0' : ' ', length, conversion->width);
    }
    for (const char *at = text; *at != '\0'; at++) {
        sink_put(sink, *at);
    }
    if (conversion->left) {
        sink_pad(sink, ' ', length, conversion->width);
    }
}

// Writes the digits of a number, the last one directly before `end`. Returns the first.
static char *number_spell(char *end, uint64_t number, unsigned base)
{
    *end = '\0';
    do {
        *--end = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    return end;
}

static const char *conversion_parse(const char *at, struct conversion *conversion)
{
    *conversion = (struct conversion){0};
    for (; *at == '-' || *at == '0'; at++) {
        conversion->left |= *at == '-';
        conversion->zeros |= *at == '0';
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        conversion->width = conversion->width * 10 + (size_t)(*at - '0');
    }
    for (; *at == 'l' || *at == 'z'; at++) {
        conversion->wide = true;
    }
    conversion->letter = *at;
    return at;
}

// `arguments` is a pointer because C allows no further use of a va_list by the caller
// after it was passed by value and read.
static void conversion_write(struct sink *sink, const struct conversion *conversion,
                             va_list *arguments)
{
    char spelled[24];
    char *end = &spelled[sizeof(spelled) - 1];
    bool wide = conversion->wide;
    switch (conversion->letter) {
    case 's': {
        const char *text = va_arg(*arguments, const char *);
        sink_field(sink, conversion, text == NULL ? "(none)" : text);
        return;
    }
    case 'c':
        sink_put(sink, (char)va_arg(*arguments, int));
        return;
    case 'd': {
        int64_t value = wide ? va_arg(*arguments, int64_t) : va_arg(*arguments, int);
        uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        char *start = number_spell(end, size, 10);
        if (value < 0) {
            *--start = '-';
        }
        sink_field(sink, conversion, start);
        return;
    }
    case 'u':
    case 'x': {
        uint64_t value =
            wide ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
        unsigned base = conversion->letter == 'x' ? 16 : 10;
        sink_field(sink, conversion, number_spell(end, value, base));
        return;
    }
    default:
        sink_put(sink, conversion->letter);
        return;
    }
}

int format_list(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct sink sink = {.buffer = buffer, .size = size};
    va_list rest;
    va_copy(rest, arguments);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at != '%') {
            sink_put(&sink, *at);
            continue;
        }
        struct conversion conversion;
        at = conversion_parse(at + 1, &conversion);
        if (conversion.letter == '\0') {
            break;
        }
        conversion_write(&sink, &conversion, &rest);
    }
    va_end(rest);
    if (size > 0) {
        buffer[sink.length < size ? sink.length : size - 1] = '\0';
    }
    return (int)sink.length;
}

int format_text(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = format_list(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
