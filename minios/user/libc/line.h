// Reading a line from the console, which neither echoes nor edits by itself.
//
// Understood: Enter, Backspace, ^C (forget the line), ^L (clear the screen). Left out:
// arrow keys and everything else that begins with ESC, which is swallowed.
#ifndef USER_LINE_H
#define USER_LINE_H

#include <stddef.h>

// Shows the prompt and reads one line, without its end, into `line`; what does not fit
// is not taken. Returns 0, or the negated ERROR_ of a console that fails.
[[gnu::warn_unused_result]] long line_read(const char *prompt, char *line, size_t size);

#endif
