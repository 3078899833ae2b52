// The console: where the kernel and the programs write text, and where a person types.
// It is the first serial line; the same text also appears on the screen.
#pragma once

#include <stddef.h>

// Writes text. The text of one call stays together, even if other threads write, too.
void console_write(const char *text, size_t size);

// Writes one line for the kernel, and adds the line feed.
void console_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
