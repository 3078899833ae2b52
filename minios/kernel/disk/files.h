// Files by path: what the rest of the kernel sees of the disk. One lock for all of it.
#ifndef DISK_FILES_H
#define DISK_FILES_H

#include <minios/abi.h>

struct open_file;

// The date of the files that are written from now on, in FAT's own form.
void files_set_date(uint16_t date);

// Each returns 0 or a count, or a negated ERROR_.
[[gnu::warn_unused_result]] long files_mount(void);

// `flags` are OPEN_ values. What is written is on the disk, all at once, when the file is
// closed with the flags it was opened with.
[[gnu::warn_unused_result]] long files_open(const char *path, uint32_t flags,
                                            struct open_file **file);
[[gnu::warn_unused_result]] long files_close(struct open_file *file, uint32_t flags);
[[gnu::warn_unused_result]] long files_read(struct open_file *file, uint32_t offset,
                                            void *buffer, size_t size);
[[gnu::warn_unused_result]] long files_write(struct open_file *file, uint32_t offset,
                                             const void *buffer, size_t size);
[[gnu::warn_unused_result]] long files_unlink(const char *path);
[[gnu::warn_unused_result]] long files_rename(const char *from, const char *to);
[[gnu::warn_unused_result]] long files_list(const char *path, uint32_t index,
                                            struct file_entry *entry);

// The beginning of a file, at most `capacity` bytes. Returns the size of the whole file.
[[gnu::warn_unused_result]] long files_read_start(const char *path, void *buffer,
                                                  size_t capacity);

// A whole file in a block of the heap, which the caller frees, with a NUL behind it.
// Returns its size.
[[gnu::warn_unused_result]] long files_read_whole(const char *path, void **bytes);

#endif
