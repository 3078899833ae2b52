// Memory and texts, as simple loops (see string.h). The compiler option -ffreestanding
// keeps the compiler from replacing the loop in memcpy by a call to memcpy, which would
// never end.
#include "string.h"

void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
    uint8_t *to = destination;
    const uint8_t *from = source;
    for (size_t i = 0; i < size; i++) {
        to[i] = from[i];
    }
    return destination;
}

void *memmove(void *destination, const void *source, size_t size)
{
    uint8_t *to = destination;
    const uint8_t *from = source;
    if (to <= from) {
        for (size_t i = 0; i < size; i++) {
            to[i] = from[i];
        }
        return destination;
    }
    for (size_t i = size; i > 0; i--) {
        to[i - 1] = from[i - 1];
    }
    return destination;
}

void *memset(void *destination, int byte, size_t size)
{
    uint8_t *to = destination;
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)byte;
    }
    return destination;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left;
    const uint8_t *b = right;
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i]) {
            return a[i] - b[i];
        }
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

int strcmp(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return (uint8_t)*left - (uint8_t)*right;
}

bool string_equals(const char *left, const char *right)
{
    return strcmp(left, right) == 0;
}

bool string_starts(const char *text, const char *beginning)
{
    while (*beginning != '\0') {
        if (*text++ != *beginning++) {
            return false;
        }
    }
    return true;
}

bool string_copy(char *destination, size_t size, const char *source)
{
    size_t length = strlen(source);
    size_t copied = length < size ? length : size - 1;
    memcpy(destination, source, copied);
    destination[copied] = '\0';
    return copied == length;
}

const char *string_find(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        if (string_starts(text, part)) {
            return text;
        }
    }
    return NULL;
}

static int digit_value(char character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    if (character >= 'A' && character <= 'F') {
        return character - 'A' + 10;
    }
    return 16;
}

uint64_t string_number(const char *text)
{
    unsigned base = string_starts(text, "0x") ? 16 : 10;
    text += base == 16 ? 2 : 0;
    uint64_t number = 0;
    for (; digit_value(*text) < (int)base; text++) {
        number = number * base + (unsigned)digit_value(*text);
    }
    return number;
}

uint64_t string_value(const char *text, const char *key, uint64_t otherwise)
{
    const char *found = string_find(text, key);
    return found == NULL ? otherwise : string_number(found + strlen(key));
}
