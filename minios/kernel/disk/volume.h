// The volume below the files: geometry, the FAT, chains of clusters, cached sectors.
#ifndef DISK_VOLUME_H
#define DISK_VOLUME_H

#include "disk/fat.h"

#define CLUSTER_FREE  0x0000
#define CLUSTER_FIRST 2
#define CLUSTER_END   0xfff8  // this value and above: last of its chain

struct volume {
    uint32_t fat_sector;   // first sector of the first FAT
    uint32_t fat_sectors;  // of one FAT
    uint32_t fat_count;
    uint32_t root_sector;
    uint32_t root_sectors;
    uint32_t data_sector;  // where cluster 2 begins
    uint32_t cluster_sectors;
    uint32_t clusters;  // highest cluster number + 1
};

extern struct volume volume;  // written once, by fat_mount

// Whether the number is that of a cluster: a damaged FAT may hold any other.
static inline bool volume_is_cluster(uint16_t cluster)
{
    return cluster >= CLUSTER_FIRST && cluster < volume.clusters;
}

uint16_t volume_next(uint16_t cluster);
uint32_t volume_sector(uint16_t cluster);

// These four change the FAT in memory only; volume_flush writes what has changed.

// A free cluster, which becomes a chain of one. 0: the disk is full.
[[gnu::warn_unused_result]] uint16_t volume_take(void);
void volume_link(uint16_t last, uint16_t cluster);
void volume_end(uint16_t last);
void volume_free(uint16_t first);
[[gnu::warn_unused_result]] bool volume_flush(void);

// A sector through a small write-through cache: for directories. The pointer is good
// until the next call. A sector that cannot be written is forgotten.
[[gnu::warn_unused_result]] void *volume_cached(uint32_t sector);
[[gnu::warn_unused_result]] bool volume_write_cached(uint32_t sector);

#endif
