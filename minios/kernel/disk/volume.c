// The volume below the files.
//
// The whole FAT is kept in memory (it is 16 KiB); a change is written to every copy on the
// disk before the call returns. Guarded by the file system's lock.
#include "disk/volume.h"

#include "devices/block.h"
#include "library/text.h"

#define FAT_SECTORS_LIMIT  64
#define CACHE_SECTORS      16
#define ENTRIES_PER_SECTOR (SECTOR_SIZE / sizeof(uint16_t))

// The boot sector (Microsoft FAT specification, 1.03, section 3.1); the tail is left out.
struct [[gnu::packed]] boot_sector {
    uint8_t jump[3];
    char oem_name[8];
    uint16_t sector_size;
    uint8_t cluster_sectors;
    uint16_t reserved_sectors;
    uint8_t fat_count;
    uint16_t root_entries;
    uint16_t sectors_16;
    uint8_t media;
    uint16_t fat_sectors;
    uint16_t track_sectors;
    uint16_t heads;
    uint32_t hidden_sectors;
    uint32_t sectors_32;
};

struct volume volume;
static uint16_t fat[FAT_SECTORS_LIMIT * ENTRIES_PER_SECTOR];
static struct {
    uint32_t sector;  // 0 = empty: no directory lies in the boot sector
    uint8_t bytes[SECTOR_SIZE];
} cache[CACHE_SECTORS];
static unsigned next_victim;

static bool geometry_is_good(const struct boot_sector *boot)
{
    uint32_t sectors = boot->sectors_16 != 0 ? boot->sectors_16 : boot->sectors_32;
    return boot->sector_size == SECTOR_SIZE && boot->cluster_sectors > 0 &&
           boot->fat_count > 0 && boot->fat_sectors > 0 &&
           boot->fat_sectors <= FAT_SECTORS_LIMIT && boot->root_entries > 0 &&
           sectors <= block_sectors();
}

long fat_mount(void)
{
    const struct boot_sector *boot = volume_cached(0);
    if (boot == NULL) {
        return -ERROR_IO_ERROR;
    }
    if (!geometry_is_good(boot)) {
        return -ERROR_BAD_IMAGE;
    }
    uint32_t sectors = boot->sectors_16 != 0 ? boot->sectors_16 : boot->sectors_32;
    volume.fat_sector = boot->reserved_sectors;
    volume.fat_sectors = boot->fat_sectors;
    volume.fat_count = boot->fat_count;
    volume.root_sector = volume.fat_sector + volume.fat_count * volume.fat_sectors;
    volume.root_sectors = boot->root_entries * sizeof(struct fat_entry) / SECTOR_SIZE;
    volume.data_sector = volume.root_sector + volume.root_sectors;
    volume.cluster_sectors = boot->cluster_sectors;
    if (sectors <= volume.data_sector) {
        return -ERROR_BAD_IMAGE;
    }
    uint32_t clusters = (sectors - volume.data_sector) / volume.cluster_sectors;
    volume.clusters = clusters + CLUSTER_FIRST;
    // The number of clusters, and nothing else, says which FAT it is (section 3.5).
    if (clusters < 4085 || clusters >= 65525 ||
        volume.clusters > volume.fat_sectors * ENTRIES_PER_SECTOR) {
        return -ERROR_BAD_IMAGE;
    }
    block_reserve(volume.fat_sector);
    return block_read(volume.fat_sector, volume.fat_sectors, fat) ? 0 : -ERROR_IO_ERROR;
}

uint16_t volume_next(uint16_t cluster)
{
    return cluster >= CLUSTER_FIRST && cluster < volume.clusters ? fat[cluster]
                                                                 : CLUSTER_END;
}

uint32_t volume_sector(uint16_t cluster)
{
    return volume.data_sector + (cluster - CLUSTER_FIRST) * volume.cluster_sectors;
}

static bool write_fat_entry(uint16_t cluster, uint16_t value)
{
    fat[cluster] = value;
    uint32_t sector = cluster / ENTRIES_PER_SECTOR;
    for (uint32_t copy = 0; copy < volume.fat_count; copy++) {
        if (!block_write(volume.fat_sector + copy * volume.fat_sectors + sector, 1,
                         fat + sector * ENTRIES_PER_SECTOR)) {
            return false;
        }
    }
    return true;
}

uint16_t volume_extend(uint16_t previous)
{
    if (previous != 0 && !volume_is_cluster(previous)) {
        return 0;  // its entry would lie outside the FAT
    }
    for (uint32_t cluster = CLUSTER_FIRST; cluster < volume.clusters; cluster++) {
        if (fat[cluster] != CLUSTER_FREE) {
            continue;
        }
        // First the new end, then the link to it: no chain ever leads to nowhere.
        if (!write_fat_entry((uint16_t)cluster, 0xffff) ||
            (previous != 0 && !write_fat_entry(previous, (uint16_t)cluster))) {
            return 0;
        }
        return (uint16_t)cluster;
    }
    return 0;
}

bool volume_free_chain(uint16_t cluster)
{
    while (cluster >= CLUSTER_FIRST && cluster < volume.clusters) {
        uint16_t next = fat[cluster];
        if (!write_fat_entry(cluster, CLUSTER_FREE)) {
            return false;
        }
        cluster = next;
    }
    return true;
}

void *volume_cached(uint32_t sector)
{
    for (unsigned i = 0; i < CACHE_SECTORS; i++) {
        if (cache[i].sector == sector && sector != 0) {
            return cache[i].bytes;
        }
    }
    unsigned victim = next_victim++ % CACHE_SECTORS;
    cache[victim].sector = 0;
    if (!block_read(sector, 1, cache[victim].bytes)) {
        return NULL;
    }
    cache[victim].sector = sector;
    return cache[victim].bytes;
}

bool volume_write_cached(uint32_t sector)
{
    for (unsigned i = 0; i < CACHE_SECTORS; i++) {
        if (cache[i].sector == sector) {
            return block_write(sector, 1, cache[i].bytes);
        }
    }
    return false;
}
