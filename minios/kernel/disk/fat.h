// FAT16: which clusters belong to which file.
#ifndef DISK_FAT_H
#define DISK_FAT_H

#include <minios/abi.h>
#include <stdbool.h>

#define FAT_READ_ONLY    0x01
#define FAT_VOLUME_LABEL 0x08
#define FAT_DIRECTORY    0x10
#define FAT_NAME_BYTES   11

// A directory entry as it lies on the disk (Microsoft FAT specification, 1.03, section 6).
struct fat_entry {
    char name[FAT_NAME_BYTES];  // 8 + 3, padded with blanks, no dot
    uint8_t attributes;
    uint8_t reserved[8];
    uint16_t cluster_high;  // always 0 in FAT16
    uint16_t time;
    uint16_t date;
    uint16_t cluster;  // first cluster, 0 for an empty file
    uint32_t size;
};
_Static_assert(sizeof(struct fat_entry) == 32, "on-disk layout");

// Where a directory entry lies. Whoever holds one reads the entry afresh for every
// operation, so that two handles to one file cannot disagree.
struct fat_place {
    uint32_t sector;
    uint32_t index;  // in the sector
};

// All of these are called with the file system's lock held (disk/files.c).

// Reads the boot sector and the whole FAT. A negated ERROR_ if it is no FAT16 volume.
[[gnu::warn_unused_result]] long fat_mount(void);

[[gnu::warn_unused_result]] long fat_find(const char *path, struct fat_place *place);
[[gnu::warn_unused_result]] long fat_create(const char *path, struct fat_place *place);
[[gnu::warn_unused_result]] long fat_load(struct fat_place place,
                                          struct fat_entry *entry);
[[gnu::warn_unused_result]] long fat_store(struct fat_place place,
                                           const struct fat_entry *entry);
[[gnu::warn_unused_result]] long fat_read(struct fat_place place, uint32_t offset,
                                          void *buffer, size_t size);
[[gnu::warn_unused_result]] long fat_write(struct fat_place place, uint32_t offset,
                                           const void *buffer, size_t size);
[[gnu::warn_unused_result]] long fat_truncate(struct fat_place place);
[[gnu::warn_unused_result]] long fat_remove(struct fat_place place);

// Gives an entry another name, in the same directory or another; replaces the target.
[[gnu::warn_unused_result]] long fat_rename(struct fat_place place, const char *path);

// The index-th entry of a directory that is in use.
[[gnu::warn_unused_result]] long fat_list(const char *path, uint32_t index,
                                          struct fat_entry *entry);

#endif
