// Bytes and texts. The first four are also called by the compiler itself.
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

// Copies at most size - 1 characters and always a NUL. Returns whether all fitted.
bool string_copy(char *destination, size_t size, const char *source);

// The first `part` in `text`, or NULL.
const char *string_find(const char *text, const char *part);

// The number that a text begins with, decimal or 0x hexadecimal; 0 if there is none.
uint64_t string_number(const char *text);

// In a text such as "ring=3 events=17": the number after `key`, or `otherwise`. The key
// includes its equals sign.
uint64_t string_value(const char *text, const char *key, uint64_t otherwise);

#endif
