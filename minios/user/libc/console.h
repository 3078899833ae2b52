// Writing lines to the console, and words for the numbers that appear in them.
#ifndef USER_CONSOLE_H
#define USER_CONSOLE_H

#include <minios/abi.h>

// Prints one line and adds the line break. The line goes to the kernel in one system
// call, so that the lines of two processes never mix. What is longer than CONSOLE_LINE
// is cut.
enum { CONSOLE_LINE = 200 };
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The same without the line break.
void say_part(const char *format, ...) __attribute__((format(printf, 1, 2)));

// What an error means, in words. Takes the number as system calls return it (negated),
// or as a positive number.
const char *error_words(long error);

// What a CONTENT_ verdict of the sensor means, in words.
const char *verdict_words(uint64_t verdict);

// How a process ended, such as "#PF at 0x10, instruction 0x400123".
void death_words(const struct death *death, char *buffer, size_t size);

#endif
