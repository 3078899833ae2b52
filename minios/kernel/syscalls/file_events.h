// Security events about files: what syscalls/files.c and paths.c have in common.
//
// The events are about what programs do with files. Each is asked or told by the system
// call, before or after the call of disk/files.h, so no lock is held. Code in ring 0 does
// not come through here. So a driver can read any file without anybody being told: this is
// one of the things that rings decide.
#pragma once

#include <minios/abi.h>

struct open_file;

// Copies a path from a program. A path begins at the root, with or without a slash in
// front; here it gets the slash, so that the same file is always told by the same path.
// Tells that the path was named, whether or not it leads anywhere.
[[nodiscard]] long path_from_user(char path[PATH_SIZE], uint64_t pointer);

// The same for a path whose file the program wants to change. -ERROR_NOT_PERMITTED if the
// kernel keeps this file for itself (plugins/approvals.h).
[[nodiscard]] long changed_path_from_user(char path[PATH_SIZE], uint64_t pointer);

// Each does nothing if nobody wants events of this type. Asking returns what event_ask
// returns, or the error of the file system if there is no such file: then nobody is asked.

[[nodiscard]] long ask_about_path(uint32_t type, const char *path, uint32_t flags);
void tell_about_path(uint32_t type, const char *path, uint32_t flags);

// The same for a file that does not exist yet.
[[nodiscard]] long ask_about_new(uint32_t type, const char *path, uint32_t flags);

[[nodiscard]] long ask_about_two(uint32_t type, const char *path, const char *to);
void tell_about_two(uint32_t type, const char *path, const char *to);

[[nodiscard]] long ask_about_open(uint32_t type, const struct open_file *file,
                                  uint32_t flags);
void tell_about_open(uint32_t type, const struct open_file *file, uint32_t flags);

// The bytes that handles of this file see have changed, so no kept verdict about it holds.
void forget_open(const struct open_file *file);

// The same for a file or folder whose name leads to something else now.
void forget_path(const char *path);
