// Memory, strings and formatted text. The kernel has no C library, so it brings its
// own. The first five are named as in C, because the compiler generates calls to them.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *destination, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);

// The index of the first 64-bit word that has this value. `count` if none has.
size_t words_find(const uint64_t *words, size_t count, uint64_t word);

// How many 64-bit words at the beginning are the same in both. `count` if all are.
size_t words_equal(const uint64_t *left, const uint64_t *right, size_t count);

bool text_equal(const char *left, const char *right);

// Which of these words it is. `count` if it is none of them.
uint32_t text_find(const char *word, const char *const *words, uint32_t count);
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Takes the first word from a list with commas, in capitals. Returns the rest of the list.
const char *text_take(char *word, size_t size, const char *list);

// Copies a file name without its ending: "sentinel.ext" is the plugin "sentinel".
void text_copy_stem(char *destination, size_t size, const char *name);

// Copies at most size - 1 characters, and always ends the text with a NUL.
void text_copy(char *destination, size_t size, const char *source);

// The last part of a path, in lower case: "/SYSTEM/DRIVERS/A.SYS" becomes "a.sys".
void text_file_name(char *name, size_t size, const char *path);

// A path as this kernel compares paths: in capitals, from the root, with one slash between
// the names, and none at the end. The file system takes "bin//shell." for the same file.
void text_path(char *result, size_t size, const char *path);

// The number at the start of the text, decimal or with 0x. 0 if there is none.
uint64_t text_number(const char *text);

char text_upper(char c);

// Like snprintf, with %s %c %d %u %x %lu %ld %lx %zu %%, a width, '-' and '0'. Returns
// the length that the whole text has, even if it did not fit.
int text_format(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int text_format_list(char *buffer, size_t size, const char *format, va_list arguments);

// Puts more behind a text of `*used` bytes, and counts it. What finds no room is cut, so
// `*used` stays below `size`.
void text_append(char *buffer, size_t size, size_t *used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
