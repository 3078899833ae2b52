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

// Takes a free cluster, marks it as the end of a chain, and links it behind `previous`
// unless that is 0. Returns 0 if the disk is full or fails.
[[gnu::warn_unused_result]] uint16_t volume_extend(uint16_t previous);
[[gnu::warn_unused_result]] bool volume_free_chain(uint16_t cluster);

// A sector through a small write-through cache: for directories.
[[gnu::warn_unused_result]] void *volume_cached(uint32_t sector);
[[gnu::warn_unused_result]] bool volume_write_cached(uint32_t sector);

#endif
