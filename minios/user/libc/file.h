// Whole files at once.
#ifndef USER_FILE_H
#define USER_FILE_H

#include <minios/abi.h>

// Reads a file from its beginning. Returns its size, also when that is more than
// `capacity` (then only `capacity` bytes are in the buffer), or a negated ERROR_.
[[gnu::warn_unused_result]] long file_read(const char *path, void *buffer,
                                           size_t capacity);

// Makes a file, or replaces what is in it. Returns 0 or a negated ERROR_.
[[gnu::warn_unused_result]] long file_write(const char *path, const void *data,
                                            size_t size);

// Copies a file through a small buffer. Returns 0 or a negated ERROR_.
[[gnu::warn_unused_result]] long file_copy(const char *from, const char *to);

// Copies a file in such a way that `to` is at any time the old file or the new one,
// whole: through `by`, which must lie in the same folder as `to`.
[[gnu::warn_unused_result]] long file_replace(const char *from, const char *to,
                                              const char *by);

// 1 if both files can be read and hold the same bytes, 0 if not.
[[gnu::warn_unused_result]] int file_same(const char *left, const char *right);

#endif
