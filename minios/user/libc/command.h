// Command lines: a table of commands, and cutting a line into words. The shell and the
// recovery program use it, so both treat a line in the same way.
#ifndef USER_COMMAND_H
#define USER_COMMAND_H

#include <stddef.h>

struct command {
    const char *name;
    const char *arguments;  // for the help
    const char *words;      // what it does, for the help
    int least;              // how many words must follow the name
    void (*run)(const char *first, const char *second);
};

// Runs the command that a line names, or says why it cannot. The line is cut into
// three: the name, the first argument, and the rest. An empty line does nothing.
void command_run(const struct command *commands, size_t count, char *line);

// Prints what every command does.
void command_list(const struct command *commands, size_t count);

// Cuts off the first word: puts a NUL after it. Returns the text after the blanks that
// follow.
char *word_cut(char *text);

// Removes the blanks at both ends. Returns where the text now begins.
char *words_trim(char *text);

#endif
