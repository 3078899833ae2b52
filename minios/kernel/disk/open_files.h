// The files that are open. All handles to one file share one `struct open_file`. What a
// draft is, open_files.c explains.
#pragma once

#include "disk/fat.h"

#define OPEN_CHANGES (OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE)

struct open_file {
    struct open_file *next;
    struct fat_place place;      // of its entry; sector 0 after it was deleted
    struct fat_content content;  // the bytes that every handle sees
    unsigned handles;
    bool is_draft;     // no entry on the disk leads to its clusters
    long write_error;  // a write has failed: this draft will not be published
};

// All of these are called with the file system's lock held (disk/files.c).

// `flags` are OPEN_ values. Closing publishes the draft if the handle was allowed to
// write. `has_changed`: the file on the disk has other bytes now.
[[nodiscard]] long open_file_open(const char *path, uint32_t flags,
                                  struct open_file **file);
[[nodiscard]] long open_file_close(struct open_file *file, uint32_t flags,
                                   bool *has_changed);
[[nodiscard]] long open_file_write(struct open_file *file, uint32_t offset,
                                   const void *buffer, size_t size);
// Makes the draft shorter. -ERROR_BAD_ARGUMENT if the file is shorter already.
[[nodiscard]] long open_file_truncate(struct open_file *file, uint32_t size);
// Clones the bytes that the handles of a file see.
[[nodiscard]] long open_file_clone(const char *path, const char *to);
[[nodiscard]] long open_file_unlink(const char *path);
[[nodiscard]] long open_file_rename(const char *from, const char *to);

// Whether there is a draft: bytes that are not on the disk yet, or not to be found there.
[[nodiscard]] bool open_files_have_drafts(void);

// Whether open_file_open could do this. Changes nothing.
[[nodiscard]] long open_file_check(const char *path, uint32_t flags);

// The bytes of a file as they are now. Valid as long as the caller holds the lock.
[[nodiscard]] long open_file_look(const char *path, struct fat_content *content);
