// Reading a line from the console. The console does not show what is typed, so this
// code does, and handles these keys: Enter, Backspace, ^C (start the line again), ^L
// (clear the screen). Left out: arrow keys and all others that begin with ESC; they are
// ignored.
#ifndef USER_LINE_H
#define USER_LINE_H

#include <stddef.h>

// Shows the prompt and reads one line into `line`, without the line break. Keys that do
// not fit are ignored. Returns 0, or a negated ERROR_ if the console fails.
[[gnu::warn_unused_result]] long line_read(const char *prompt, char *line, size_t size);

#endif
