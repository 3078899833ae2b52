// The commands for files that a person can type: ls, cat, hex, cp, mv, rm. The shell
// and the recovery program have them, so both treat a path in the same way.
#ifndef USER_FILE_COMMANDS_H
#define USER_FILE_COMMANDS_H

#include <minios/abi.h>
#include <stdbool.h>

// Brings a path into the form of the disk: in capitals, from the root, one slash
// between two names. So two paths lead to the same file exactly if their texts are the
// same. `folder` comes before a word that does not begin with a slash. Returns false,
// and says so, if the path is too long.
[[gnu::warn_unused_result]] bool path_make(char path[PATH_SIZE], const char *folder,
                                           const char *word);

// Whether a file or folder exists.
bool path_exists(const char *path);

// Prints what went wrong with a file or folder.
void file_complain(const char *path, long error);

// The commands themselves. FILE_COMMANDS says what each does.
void command_ls(const char *first, const char *second);
void command_cat(const char *first, const char *second);
void command_hex(const char *first, const char *second);
void command_cp(const char *first, const char *second);
void command_mv(const char *first, const char *second);
void command_rm(const char *first, const char *second);

// Their rows for a table of commands (command.h).
#define FILE_COMMANDS \
    {"ls", "[FOLDER]", "what is in a folder", 0, command_ls}, \
        {"cat", "FILE", "show a text", 1, command_cat}, \
        {"hex", "FILE [OFFSET]", "show 256 bytes", 1, command_hex}, \
        {"cp", "FROM TO", "copy a file", 2, command_cp}, \
        {"mv", "FROM TO", "rename a file", 2, command_mv}, \
    { \
        "rm", "FILE", "delete a file", 1, command_rm \
    }

#endif
