// The volume: the parts of the disk that the files are built from. Here is the table of
// clusters (the FAT, see fat.h), and a small cache for the sectors of directories.
#pragma once

#include "disk/fat.h"

#define CLUSTER_FREE  0x0000
#define CLUSTER_FIRST 2
#define CLUSTER_END   0xfff8  // this value or higher: the last of its chain
#define CLUSTER_LAST  0xffff  // what this kernel writes there

struct volume {
    uint32_t fat_sector;   // first sector of the first FAT
    uint32_t fat_sectors;  // of one FAT
    uint32_t fat_count;
    uint32_t root_sector;
    uint32_t root_sectors;
    uint32_t data_sector;  // where cluster 2 begins
    uint32_t cluster_sectors;
    uint32_t clusters;  // highest cluster number + 1
    uint16_t today;     // the date for what is written
};

extern struct volume volume;  // written once, by fat_mount

// Whether a cluster of this number exists. A damaged FAT may hold any number.
static inline bool volume_is_cluster(uint16_t cluster)
{
    return cluster >= CLUSTER_FIRST && cluster < volume.clusters;
}

uint16_t volume_next(uint16_t cluster);
uint32_t volume_sector(uint16_t cluster);
uint32_t volume_count_free(void);

// The next three functions change the FAT in memory only. volume_flush writes the
// changes to the disk.

// Takes a free cluster and makes it a chain of one. Returns 0 if the disk is full.
[[nodiscard]] uint16_t volume_take(void);
void volume_set_next(uint16_t cluster, uint16_t next);
void volume_free(uint16_t first);
[[nodiscard]] bool volume_flush(void);

// A sector of a directory, from the cache or from the disk. The pointer is valid until
// the next call. volume_write_cached writes the sector to the disk at once. If that
// fails, the cache drops it, so that nobody takes the unwritten bytes for those on the
// disk.
[[nodiscard]] void *volume_cached(uint32_t sector);
[[nodiscard]] bool volume_write_cached(uint32_t sector);
