// Numbers and texts into a buffer: printf, but into memory instead of a stream.
//
// Supported: %s %c %d %u %x %% with l or z before d, u and x; a width; `-` (align left)
// and `0` (leading zeros) before the width. Left out: precision, floating point.
#ifndef USER_FORMAT_H
#define USER_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

// Writes at most `size` bytes, the NUL included. Returns the length of the whole text.
int format_text(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int format_list(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
