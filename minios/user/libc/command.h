// Command lines: a table of commands, and the words of a line.
#ifndef USER_COMMAND_H
#define USER_COMMAND_H

#include <stddef.h>

struct command {
    const char *name;
    const char *arguments;  // for the help
    const char *words;      // what it does
    int least;              // words that must follow the name
    void (*run)(const char *first, const char *second);
};

// Runs the command that a line names, or says why not. The line is cut into words:
// name, first argument, the rest. An empty line does nothing.
void command_run(const struct command *commands, size_t count, char *line);

// Says what every command does.
void command_list(const struct command *commands, size_t count);

// Ends the word that `text` begins with; returns what follows it and its blanks.
char *word_cut(char *text);

// Takes the blanks away at both ends; returns where the text now begins.
char *words_trim(char *text);

#endif
