// Memory and texts. The compiler itself generates calls to the first four.
#ifndef USER_STRING_H
#define USER_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *destination, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);

// Whether two texts are the same, and whether one begins with the other.
bool string_equals(const char *left, const char *right);
bool string_starts(const char *text, const char *beginning);

// Copies at most size - 1 characters, and always a NUL. Returns whether all of it
// fitted.
bool string_copy(char *destination, size_t size, const char *source);

// The first place in `text` where `part` stands, or NULL.
const char *string_find(const char *text, const char *part);

// The number at the start of a text, decimal, or hexadecimal with 0x. 0 if there is
// none.
uint64_t string_number(const char *text);

// For a text such as "ring=3 events=17": the number after the key "events=". If the key
// is not there, `otherwise`.
uint64_t string_value(const char *text, const char *key, uint64_t otherwise);

#endif
