// FAT16: which clusters belong to which file.
//
// Everything here is called with the file system's lock held (disk/files.c), and returns
// 0 or a count, or a negated ERROR_.
#ifndef DISK_FAT_H
#define DISK_FAT_H

#include <minios/abi.h>
#include <stdbool.h>

#define FAT_READ_ONLY    0x01
#define FAT_VOLUME_LABEL 0x08
#define FAT_LONG_NAME    0x0f  // part of a long name, not an entry of its own
#define FAT_DIRECTORY    0x10
#define FAT_NAME_BYTES   11
#define FAT_DELETED '\xe5'  // first byte of the name of an entry that is free again

// A directory entry as it lies on the disk (Microsoft FAT specification, 1.03, section 6).
struct fat_entry {
    char name[FAT_NAME_BYTES];  // 8 + 3, padded with blanks, no dot
    uint8_t attributes;
    uint8_t reserved;
    uint8_t created_tenths;  // in a part of a long name: checksum of the short one
    uint16_t created_time;
    uint16_t created_date;
    uint16_t read_date;
    uint16_t cluster_high;  // always 0 in FAT16
    uint16_t time;
    uint16_t date;
    uint16_t cluster;  // first cluster, 0 for an empty file
    uint32_t size;
};
_Static_assert(sizeof(struct fat_entry) == 32, "on-disk layout");

// Where a directory entry lies.
struct fat_place {
    uint32_t sector;  // 0: nowhere
    uint32_t index;   // in the sector
};

// A name in a folder, whether there is a file of that name or not.
struct fat_name {
    uint16_t folder;  // its first cluster, 0 for the root directory
    char name[FAT_NAME_BYTES];
};

// The bytes of a file: a chain of clusters, just long enough, and how many count.
struct fat_content {
    uint16_t cluster;  // the first, 0 if there are no bytes
    uint32_t size;
};

// The date of what is written from now on, in FAT's own form.
void fat_set_date(uint16_t date);

// Reads the boot sector and the whole FAT. -ERROR_BAD_IMAGE if it is no FAT16 volume.
[[gnu::warn_unused_result]] long fat_mount(void);

// directory.c: names and entries.

[[gnu::warn_unused_result]] long fat_name(const char *path, struct fat_name *name);
[[gnu::warn_unused_result]] long fat_find(const char *path, struct fat_place *place);
[[gnu::warn_unused_result]] long fat_find_name(const struct fat_name *name,
                                               struct fat_place *place);
// -ERROR_NO_SPACE: every entry is in use.
[[gnu::warn_unused_result]] long fat_find_free(uint16_t folder,
                                               struct fat_place *place);
[[gnu::warn_unused_result]] long fat_load(struct fat_place place,
                                          struct fat_entry *entry);
[[gnu::warn_unused_result]] long fat_store(struct fat_place place,
                                           const struct fat_entry *entry);
// Marks the long name of an entry as free: on the disk, as far as it stands in sectors
// before that of the entry, which is left to be written.
[[gnu::warn_unused_result]] long fat_forget_long_name(struct fat_place place);
// The index-th entry of a folder that is in use.
[[gnu::warn_unused_result]] long fat_list(const char *path, uint32_t index,
                                          struct fat_entry *entry);

// content.c: bytes. Writing and copying take clusters that are free on the disk, and
// leave the FAT there as it is.

[[gnu::warn_unused_result]] long fat_read(const struct fat_content *content,
                                          uint32_t offset, void *buffer, size_t size);
// `offset` is not beyond the end. After an error the chain may be longer than the size
// needs: it is to be freed, not written to.
[[gnu::warn_unused_result]] long fat_write(struct fat_content *content, uint32_t offset,
                                           const void *buffer, uint32_t size);
[[gnu::warn_unused_result]] long fat_copy(const struct fat_content *from,
                                          struct fat_content *copy);

// update.c: changes, in an order that a power cut cannot hurt.

// What a rename has done, for those who hold the files.
struct fat_renamed {
    struct fat_place place;  // of the new name
    uint16_t cluster;        // of the file: it may have been moved
    bool replaced;           // there was a file of that name,
    uint16_t old_cluster;    // and this is its chain, which is still to be freed
};

// An empty file. -ERROR_EXISTS if there is one of that name.
[[gnu::warn_unused_result]] long fat_create(const char *path, struct fat_place *place);

// Makes these bytes the file's, and frees those that it had.
[[gnu::warn_unused_result]] long fat_publish(struct fat_place place,
                                             const struct fat_content *content);

// Takes the file off its folder. Its chain, which begins at `cluster`, is still to be
// freed.
[[gnu::warn_unused_result]] long fat_remove(struct fat_place place, uint16_t *cluster);
[[gnu::warn_unused_result]] long fat_rename(struct fat_place place, const char *path,
                                            struct fat_renamed *renamed);

// Frees a chain that no entry on the disk leads to. A disk that fails now costs these
// clusters, and undoes nothing.
void fat_free(uint16_t cluster);

#endif
