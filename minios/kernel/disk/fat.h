// FAT16, the file system: which parts of the disk belong to which file.
//
// The disk is divided into clusters, each of a few sectors. A table, the FAT ("file
// allocation table"), has one number for each cluster: the cluster that comes next in
// the same file. So the bytes of a file are a chain of clusters. A directory has one
// entry for each file, which holds the name, the size and the first cluster.
//
// These functions are called with the file system's lock held (files.c). Each returns 0
// or a count, or a negated ERROR_.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

#define FAT_READ_ONLY    0x01
#define FAT_VOLUME_LABEL 0x08
#define FAT_LONG_NAME    0x0f  // this entry holds a part of a long name
#define FAT_DIRECTORY    0x10
#define FAT_ARCHIVE      0x20  // written since the last backup
#define FAT_NAME_BYTES   11
#define FAT_DELETED '\xe5'  // the first byte of the name, if the entry is free again

// A directory entry as it lies on the disk (Microsoft FAT specification, 1.03, section
// 6).
struct fat_entry {
    char name[FAT_NAME_BYTES];  // 8 + 3, padded with blanks, no dot
    uint8_t attributes;
    uint8_t reserved;
    uint8_t created_tenths;  // for a part of a long name: checksum of the short name
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

// A name in a folder. There need not be a file of that name.
struct fat_name {
    uint16_t folder;  // its first cluster, 0 for the root directory
    char name[FAT_NAME_BYTES];
};

// The bytes of a file: a chain of clusters, and how many bytes of it are in use.
struct fat_content {
    uint16_t cluster;  // the first, 0 if there are no bytes
    uint32_t size;
};

// Reads the boot sector and the whole FAT. -ERROR_BAD_IMAGE if the disk is not FAT16.
[[nodiscard]] long fat_mount(uint16_t date);

// ---- directory.c: names and entries.

[[nodiscard]] long fat_name(const char *path, struct fat_name *name);
// The name as people write it: "C-000291SYS" becomes "C-000291.SYS".
void fat_readable_name(const char raw[FAT_NAME_BYTES], char *name);
[[nodiscard]] long fat_find(const char *path, struct fat_place *place,
                            struct fat_entry *entry);
[[nodiscard]] long fat_find_name(const struct fat_name *name, struct fat_place *place);
// -ERROR_NO_SPACE if every entry is in use.
[[nodiscard]] long fat_find_free(uint16_t folder, struct fat_place *place);
// The path of an entry, found from where it lies: the reverse of fat_find. So it is right
// whatever has been renamed. -ERROR_NO_SPACE if it does not fit into PATH_SIZE.
[[nodiscard]] long fat_path(struct fat_place place, char path[PATH_SIZE]);
[[nodiscard]] long fat_load(struct fat_place place, struct fat_entry *entry);
[[nodiscard]] long fat_store(struct fat_place place, const struct fat_entry *entry);
// The entry number `index` of a folder, counting only those that are in use.
[[nodiscard]] long fat_list(const char *path, uint32_t index, struct fat_entry *entry);

// ---- long_name.c: names that other systems give.

// Marks the parts of an entry's long name as free. Writes the sectors before the
// entry's own to the disk. The entry's own sector is changed in memory only: the caller
// writes it.
[[nodiscard]] long fat_forget_long_name(struct fat_place place);

// ---- attributes.c: what an entry says of a file or folder beside its bytes.

// -ERROR_BAD_ARGUMENT if there is no such date, or if a flag cannot be changed.
[[nodiscard]] long fat_set_flags(struct fat_place place, uint32_t flags);
[[nodiscard]] long fat_set_times(struct fat_place place, uint32_t date, uint32_t time);

// ---- content.c: the bytes of files. Writing and copying use clusters that are free on
// the disk, and do not write the FAT to the disk.

[[nodiscard]] long fat_read(const struct fat_content *content, uint32_t offset,
                            void *buffer, size_t size);
// `offset` must not be beyond the end. After an error the chain may be too long for the
// size: then free it, and do not write to it again.
[[nodiscard]] long fat_write(struct fat_content *content, uint32_t offset,
                             const void *buffer, uint32_t size);
// Makes a chain shorter. No entry on the disk may lead to it.
void fat_shorten(struct fat_content *content, uint32_t size);
[[nodiscard]] long fat_copy(const struct fat_content *from, struct fat_content *copy);

// How a chain lies on the disk.
struct fat_layout {
    uint32_t clusters;
    uint32_t pieces;  // runs of clusters that lie next to each other
};
struct fat_layout fat_layout(uint16_t cluster);

// ---- update.c: changes, in an order that is safe if the power is cut at any moment.

// What a rename has done. open_files.c needs it for files that are open.
struct fat_renamed {
    struct fat_place place;  // of the new name
    uint16_t cluster;        // of the file, which may have been copied
    bool replaced;           // there was a file of that name
    uint16_t old_cluster;    // the chain of that file; the caller frees it
};

// Makes an empty file. -ERROR_EXISTS if there is a file of that name.
[[nodiscard]] long fat_create(const char *path, struct fat_place *place,
                              struct fat_entry *entry);

// Makes a new file with a copy of these bytes. A cut leaves the whole copy, or none.
// -ERROR_EXISTS if there is a file of that name.
[[nodiscard]] long fat_clone(const struct fat_content *content, const char *path);

// Gives a file these bytes in place of those that it had, and frees the old ones.
[[nodiscard]] long fat_publish(struct fat_place place,
                               const struct fat_content *content);

// Removes the entry of a file. Does not free its chain, which begins at `cluster`: the
// file may be open.
[[nodiscard]] long fat_remove(struct fat_place place, uint16_t *cluster);
[[nodiscard]] long fat_rename(struct fat_place place, const char *path,
                              struct fat_renamed *renamed);

// Frees a chain that belongs to no entry on the disk. If writing fails, these clusters
// stay in use for nothing, but no file is damaged.
void fat_free(uint16_t cluster);
