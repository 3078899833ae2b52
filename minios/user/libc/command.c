// Command lines: finds the command that a person has typed, and runs it (see
// command.h).
#include "command.h"

#include "console.h"
#include "string.h"

char *word_cut(char *text)
{
    while (*text != '\0' && *text != ' ') {
        text++;
    }
    while (*text == ' ') {
        *text++ = '\0';
    }
    return text;
}

char *words_trim(char *text)
{
    while (*text == ' ') {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ') {
        text[--length] = '\0';
    }
    return text;
}

void command_list(const struct command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct command *command = &commands[i];
        say("%-7s %-19s %s", command->name, command->arguments, command->words);
    }
}

void command_run(const struct command *commands, size_t count, char *line)
{
    line = words_trim(line);
    if (*line == '\0') {
        return;
    }
    char *first = word_cut(line);
    char *second = word_cut(first);
    for (size_t i = 0; i < count; i++) {
        const struct command *command = &commands[i];
        if (!string_equals(line, command->name)) {
            continue;
        }
        int given = (*first != '\0') + (*second != '\0');
        if (given < command->least) {
            say("usage: %s %s", command->name, command->arguments);
        } else {
            command->run(first, second);
        }
        return;
    }
    say("%s: no such command; `help` lists them", line);
}
