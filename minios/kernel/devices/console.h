// The console: the first serial line, and the same text on the screen.
#ifndef DEVICES_CONSOLE_H
#define DEVICES_CONSOLE_H

#include <stddef.h>

// Whole, also when other threads write: never mixed within one call.
void console_write(const char *text, size_t size);

// One line of the kernel's own; the line feed is added.
void console_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
