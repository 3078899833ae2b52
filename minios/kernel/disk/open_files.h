// The files that are open. All handles to one file share one `struct open_file`. What a
// draft is, open_files.c explains.
#pragma once

#include "disk/fat.h"

struct open_file {
    struct open_file *next;
    struct fat_place place;      // of its entry; sector 0 after it was deleted
    struct fat_content content;  // the bytes that every handle sees
    unsigned handles;
    bool is_draft;     // no entry on the disk leads to its clusters
    long write_error;  // a write has failed: this draft will not be published
};

// The names that lead to other bytes now, or to none, in the order of the changes. Whoever
// holds the lock tells them when the lock is free again.
struct file_changes {
    unsigned count;
    char names[2][16];  // a rename has two
};

// All of these are called with the file system's lock held (disk/files.c). They add to
// `changes`.

// `flags` are OPEN_ values. Closing publishes the draft if the handle was allowed to
// write.
[[nodiscard]] long open_file_open(const char *path, uint32_t flags,
                                  struct open_file **file);
[[nodiscard]] long open_file_close(struct open_file *file, uint32_t flags,
                                   struct file_changes *changes);
[[nodiscard]] long open_file_write(struct open_file *file, uint32_t offset,
                                   const void *buffer, size_t size);
[[nodiscard]] long open_file_unlink(const char *path, struct file_changes *changes);
[[nodiscard]] long open_file_rename(const char *from, const char *to,
                                    struct file_changes *changes);

// The bytes of a file as they are now. Valid as long as the caller holds the lock.
[[nodiscard]] long open_file_look(const char *path, struct fat_content *content);
