// Files by path: what the rest of the kernel sees of the disk. One lock for all of it.
#ifndef DISK_FILES_H
#define DISK_FILES_H

#include "disk/fat.h"
#include <minios/abi.h>

// Each returns 0 or a count, or a negated ERROR_.
[[gnu::warn_unused_result]] long files_mount(void);
[[gnu::warn_unused_result]] long files_open(const char *path, uint32_t flags,
                                            struct fat_place *place);
[[gnu::warn_unused_result]] long files_status(struct fat_place place,
                                              struct fat_entry *entry);
[[gnu::warn_unused_result]] long files_read(struct fat_place place, uint32_t offset,
                                            void *buffer, size_t size);
[[gnu::warn_unused_result]] long files_write(struct fat_place place, uint32_t offset,
                                             const void *buffer, size_t size);
[[gnu::warn_unused_result]] long files_unlink(const char *path);
[[gnu::warn_unused_result]] long files_rename(const char *from, const char *to);
[[gnu::warn_unused_result]] long files_list(const char *path, uint32_t index,
                                            struct file_entry *entry);

// A whole file in a block of the heap, which the caller frees, with a NUL behind it.
// Returns its size.
[[gnu::warn_unused_result]] long files_read_whole(const char *path, void **bytes);

#endif
