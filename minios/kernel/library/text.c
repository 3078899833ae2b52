// Memory, strings and formatted text (see text.h). No allocation, no state: so these
// functions still work while the kernel is crashing.
#include "library/text.h"

void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
    void *result = destination;
    size_t words = size / 8, rest = size % 8;
    __asm__ volatile("rep movsq"
                     : "+D"(destination), "+S"(source), "+c"(words)::"memory");
    __asm__ volatile("rep movsb"
                     : "+D"(destination), "+S"(source), "+c"(rest)::"memory");
    return result;
}

void *memmove(void *destination, const void *source, size_t size)
{
    if ((uintptr_t)destination - (uintptr_t)source >= size) {
        return memcpy(destination, source, size);  // no byte is overwritten before use
    }
    char *to = destination;
    const char *from = source;
    while (size-- > 0) {
        to[size] = from[size];
    }
    return destination;
}

void *memset(void *destination, int byte, size_t size)
{
    void *result = destination;
    uint64_t pattern = (uint8_t)byte * 0x0101010101010101UL;
    size_t words = size / 8, rest = size % 8;
    __asm__ volatile("rep stosq"
                     : "+D"(destination), "+c"(words)
                     : "a"(pattern)
                     : "memory");
    __asm__ volatile("rep stosb"
                     : "+D"(destination), "+c"(rest)
                     : "a"(pattern)
                     : "memory");
    return result;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

size_t words_find(const uint64_t *words, size_t count, uint64_t word)
{
    const uint64_t *at = words;
    size_t left = count;
    bool is_found = false;
    if (count > 0) {  // otherwise the instruction would set no flag
        __asm__ volatile("repne scasq"
                         : "+D"(at), "+c"(left), "=@ccz"(is_found)
                         : "a"(word)
                         : "memory");
    }
    return is_found ? (size_t)(at - words) - 1 : count;  // RDI is one word further
}

size_t words_equal(const uint64_t *left, const uint64_t *right, size_t count)
{
    const uint64_t *at = left;
    size_t rest = count;
    bool is_same = true;
    if (count > 0) {
        __asm__ volatile("repe cmpsq"
                         : "+S"(at), "+D"(right), "+c"(rest), "=@ccz"(is_same)
                         :
                         : "memory");
    }
    return is_same ? count : (size_t)(at - left) - 1;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

bool text_equal(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

void text_path(char *result, size_t size, const char *path)
{
    size_t at = 0;
    if (*path != '/') {
        result[at++] = '/';
    }
    for (; *path != '\0' && at + 1 < size; path++) {
        bool is_end = path[1] == '/' || path[1] == '\0';
        if ((*path == '/' || *path == '.') && is_end) {
            continue;
        }
        result[at++] = text_upper(*path);
    }
    if (at == 0) {
        result[at++] = '/';  // the root
    }
    result[at] = '\0';
}

uint32_t text_find(const char *word, const char *const *words, uint32_t count)
{
    uint32_t i = 0;
    while (i < count && !text_equal(words[i], word)) {
        i++;
    }
    return i;
}

const char *text_take(char *word, size_t size, const char *list)
{
    size_t length = 0;
    for (; *list != '\0' && *list != ','; list++) {
        if (length + 1 < size) {
            word[length++] = text_upper(*list);
        }
    }
    word[length] = '\0';
    return *list == ',' ? list + 1 : list;
}

void text_copy(char *destination, size_t size, const char *source)
{
    size_t i = 0;
    for (; i + 1 < size && source[i] != '\0'; i++) {
        destination[i] = source[i];
    }
    destination[i] = '\0';
}

void text_copy_stem(char *destination, size_t size, const char *name)
{
    text_copy(destination, size, name);
    for (; *destination != '\0'; destination++) {
        if (*destination == '.') {
            *destination = '\0';
            return;
        }
    }
}

char text_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void text_file_name(char *name, size_t size, const char *path)
{
    for (const char *at = path; *at != '\0'; at++) {
        path = *at == '/' ? at + 1 : path;
    }
    text_copy(name, size, path);
    for (; *name != '\0'; name++) {
        *name = text_lower(*name);
    }
}

static int digit_value(char c)
{
    c = text_lower(c);
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

uint64_t text_number(const char *text)
{
    int base = 10;
    uint64_t value = 0;
    if (text[0] == '0' && text_lower(text[1]) == 'x') {
        base = 16;
        text += 2;
    }
    for (; digit_value(*text) < base; text++) {
        value = value * (uint64_t)base + (uint64_t)digit_value(*text);
    }
    return value;
}

// Where formatted text goes. `length` also counts the characters that do not fit.
struct sink {
    char *buffer;
    size_t size;
    size_t length;
};

static void sink_put(struct sink *sink, char c)
{
    if (sink->length + 1 < sink->size) {
        sink->buffer[sink->length] = c;
    }
    sink->length++;
}

// One conversion of a format, such as "%08lx": what stands between '%' and the letter.
struct conversion {
    bool left;
    bool zero;
    bool is_long;
    int width;
};

static void sink_padded(struct sink *sink, const struct conversion *how,
                        const char *text, size_t length)
{
    char fill = how->zero && !how->left ? '0' : ' ';
    for (size_t i = length; !how->left && i < (size_t)how->width; i++) {
        sink_put(sink, fill);
    }
    for (size_t i = 0; i < length; i++) {
        sink_put(sink, text[i]);
    }
    for (size_t i = length; how->left && i < (size_t)how->width; i++) {
        sink_put(sink, ' ');
    }
}

static void sink_number(struct sink *sink, const struct conversion *how, uint64_t value,
                        unsigned base, bool negative)
{
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative) {
        digits[--at] = '-';
    }
    sink_padded(sink, how, digits + at, sizeof(digits) - at);
}

static const char *conversion_read(struct conversion *how, const char *format)
{
    for (; *format == '-' || *format == '0'; format++) {
        how->left |= *format == '-';
        how->zero |= *format == '0';
    }
    for (; *format >= '0' && *format <= '9'; format++) {
        how->width = how->width * 10 + (*format - '0');
    }
    for (; *format == 'l' || *format == 'z'; format++) {
        how->is_long = true;
    }
    return format;
}

int text_format_list(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct sink sink = {buffer, size, 0};
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            sink_put(&sink, *format);
            continue;
        }
        struct conversion how = {0};
        format = conversion_read(&how, format + 1);
        if (*format == 's') {
            const char *text = va_arg(arguments, const char *);
            sink_padded(&sink, &how, text, strlen(text));
        } else if (*format == 'c') {
            char c = (char)va_arg(arguments, int);
            sink_padded(&sink, &how, &c, 1);
        } else if (*format == 'd') {
            int64_t value =
                how.is_long ? va_arg(arguments, int64_t) : va_arg(arguments, int);
            uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
            sink_number(&sink, &how, magnitude, 10, value < 0);
        } else if (*format == 'u' || *format == 'x') {
            uint64_t value =
                how.is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned);
            sink_number(&sink, &how, value, *format == 'x' ? 16 : 10, false);
        } else if (*format == '\0') {
            break;
        } else {
            sink_put(&sink, *format);
        }
    }
    if (size > 0) {
        buffer[sink.length < size ? sink.length : size - 1] = '\0';
    }
    return (int)sink.length;
}

int text_format(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = text_format_list(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

void text_append(char *buffer, size_t size, size_t *used, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = text_format_list(buffer + *used, size - *used, format, arguments);
    va_end(arguments);
    size_t room = size - *used - 1;
    *used += (size_t)length < room ? (size_t)length : room;
}
