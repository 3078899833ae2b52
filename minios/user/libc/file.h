// Reading, writing and copying whole files.
#ifndef USER_FILE_H
#define USER_FILE_H

#include <minios/abi.h>

// Reads a file from its beginning. Returns its size, or a negated ERROR_. If the size
// is more than `capacity`, only the first `capacity` bytes are in the buffer.
[[gnu::warn_unused_result]] long file_read(const char *path, void *buffer,
                                           size_t capacity);

// Makes a file, or replaces its contents. Returns 0 or a negated ERROR_.
[[gnu::warn_unused_result]] long file_write(const char *path, const void *data,
                                            size_t size);

// Copies a file through a small buffer. Returns 0 or a negated ERROR_.
[[gnu::warn_unused_result]] long file_copy(const char *from, const char *to);

// Copies a file so that a power cut does no harm: `to` is at any time the whole old
// file or the whole new one. It copies to `by` first, and renames that. `by` must be in
// the same folder as `to`.
[[gnu::warn_unused_result]] long file_replace(const char *from, const char *to,
                                              const char *by);

// 1 if both files can be read and have the same bytes, otherwise 0.
[[gnu::warn_unused_result]] int file_same(const char *left, const char *right);

#endif
