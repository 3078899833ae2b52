// The commands for what the disk knows of a file beside its bytes: stat, attrib, touch,
// mount. The shell and the recovery program have them (see file_commands.h).
#ifndef USER_DISK_COMMANDS_H
#define USER_DISK_COMMANDS_H

// DISK_COMMANDS says what each does.
void command_stat(const char *first, const char *second);
void command_attrib(const char *first, const char *second);
void command_touch(const char *first, const char *second);
void command_mount(const char *first, const char *second);

// Their rows for a table of commands (command.h).
#define DISK_COMMANDS \
    {"stat", "FILE", "size, flags, dates, and where it lies", 1, command_stat}, \
        {"attrib", "FILE [+r -h ...]", "its flags; or set some", 1, command_attrib}, \
        {"touch", "FILE [DATE [TIME]]", "give it a date", 1, command_touch}, \
    { \
        "mount", "[ro or rw]", "how full the disk is; read-only or not", 0, \
            command_mount \
    }

#endif
