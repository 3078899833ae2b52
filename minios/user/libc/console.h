// Lines on the console, and words for the numbers that appear in them.
#ifndef USER_CONSOLE_H
#define USER_CONSOLE_H

#include <minios/abi.h>

// One line, in one `write`, so that the lines of two processes never mix. A line break
// is added; what is longer than CONSOLE_LINE is cut.
enum { CONSOLE_LINE = 200 };
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The same without the line break.
void say_part(const char *format, ...) __attribute__((format(printf, 1, 2)));

// What an error means. Takes the number negated, as system calls return it, or plain.
const char *error_words(long error);

// What a CONTENT_ verdict means.
const char *verdict_words(uint64_t verdict);

// How a process ended, such as "#PF at 0x10, instruction 0x400123".
void death_words(const struct death *death, char *buffer, size_t size);

#endif
