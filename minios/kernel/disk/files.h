// Files by path: the only part of the disk that the rest of the kernel uses. One lock
// guards all of it.
//
// Nothing here is told or asked as a security event: the kernel reads programs, drivers
// and its service list, and a driver in ring 0 may call these functions as it likes. The
// events are about what programs do, so they are in syscalls/files.c and paths.c.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct open_file;

// Each returns 0 or a count, or a negated ERROR_.

// `date` is that of all files that are written from now on, as FAT encodes a date.
[[nodiscard]] long files_mount(uint16_t date);

// The date of what is written now, and another one from now on.
uint16_t files_date(void);
void files_set_date(uint16_t date);

// `flags` are OPEN_ values. What is written to a file appears on the disk when the file
// is closed, all of it at once (open_files.c). Close it with the flags of files_open.
// `has_changed`, if not NULL: the file on the disk has other bytes now.
[[nodiscard]] long files_open(const char *path, uint32_t flags,
                              struct open_file **file);
[[nodiscard]] long files_close(struct open_file *file, uint32_t flags,
                               bool *has_changed);
[[nodiscard]] long files_read(struct open_file *file, uint32_t offset, void *buffer,
                              size_t size);
[[nodiscard]] long files_write(struct open_file *file, uint32_t offset,
                               const void *buffer, size_t size);
// -ERROR_BAD_ARGUMENT if the file is shorter already: a file cannot have a gap.
[[nodiscard]] long files_truncate(struct open_file *file, uint32_t size);
[[nodiscard]] long files_unlink(const char *path);
[[nodiscard]] long files_rename(const char *from, const char *to);

// Copies a file to a new name: all of it is on the disk when this returns, or nothing. The
// copy is a new file, with today's date and without flags.
[[nodiscard]] long files_clone(const char *path, const char *to);
[[nodiscard]] long files_list(const char *path, uint32_t index,
                              struct file_entry *entry);

// `flags` are FILE_ bits. Date and time are as FAT encodes them; a date 0 means today.
[[nodiscard]] long files_set_flags(const char *path, uint32_t flags);
[[nodiscard]] long files_set_times(const char *path, uint32_t date, uint32_t time);

// Until this is taken back, whatever would change a file fails with -ERROR_READ_ONLY. The
// boot status and a dump are no files, so they are written all the same. -ERROR_BUSY if a
// file is being written, or was deleted while it is open: closing it would change the disk.
[[nodiscard]] long files_remount(bool read_only);

// A second handle to this file will be closed as well.
void files_share(struct open_file *file);

// Whether files_open could do this. With flags 0: whether there is such a file or folder.
[[nodiscard]] long files_check(const char *path, uint32_t flags);

// What is known of a file or folder, and how it lies on the disk.
[[nodiscard]] long files_status(const char *path, struct file_status *status);
[[nodiscard]] long files_attributes(const char *path,
                                    struct file_attributes *attributes);

// The path of a file that is open. -ERROR_NOT_FOUND if it has been deleted.
[[nodiscard]] long files_path(const struct open_file *file, char path[PATH_SIZE]);

// The same, with the size that its handles see. The path is "" if there is none.
void files_describe(const struct open_file *file, uint32_t *size, char path[PATH_SIZE]);

// Reads the beginning of a file, at most `capacity` bytes. Returns the size of the
// file.
[[nodiscard]] long files_read_start(const char *path, void *buffer, size_t capacity);

// Reads a whole file into a block of the heap, and puts a NUL after it. The caller
// frees the block. Returns the size of the file.
[[nodiscard]] long files_read_whole(const char *path, void **bytes);
