// The volume: the table of clusters and the cached sectors (see volume.h).
//
// The whole FAT is kept in memory (it has 16 KiB), and changes are made there. update.c
// decides when they are written to the disk. Everything is guarded by the file system's
// lock.
//
// Left out: if a volume has more than one FAT, all are written, but differences that a
// power cut leaves between them are not repaired. So our own disks have one.
#include "disk/volume.h"

#include "devices/block.h"

#define FAT_SECTORS_LIMIT  64
#define CACHE_SECTORS      16
#define ENTRIES_PER_SECTOR (SECTOR_SIZE / sizeof(uint16_t))

// The boot sector (Microsoft FAT specification, 1.03, section 3.1); the tail is left
// out.
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
static bool fat_changed[FAT_SECTORS_LIMIT];  // sectors not yet written to the disk
static uint32_t free_from;                   // every cluster below this one is in use
static struct {
    uint32_t sector;  // 0 = empty (sector 0 is the boot sector, never a directory)
    uint8_t bytes[SECTOR_SIZE];
} cache[CACHE_SECTORS];
static unsigned next_victim;

static bool geometry_is_good(const struct boot_sector *boot, uint32_t sectors)
{
    return boot->sector_size == SECTOR_SIZE && boot->cluster_sectors > 0 &&
           boot->fat_count > 0 && boot->fat_sectors > 0 &&
           boot->fat_sectors <= FAT_SECTORS_LIMIT && boot->root_entries > 0 &&
           sectors <= block_sectors();
}

long fat_mount(uint16_t date)
{
    const struct boot_sector *boot = volume_cached(0);
    if (boot == NULL) {
        return -ERROR_IO_ERROR;
    }
    uint32_t sectors = boot->sectors_16 != 0 ? boot->sectors_16 : boot->sectors_32;
    if (!geometry_is_good(boot, sectors)) {
        return -ERROR_BAD_IMAGE;
    }
    volume.today = date;
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
    // Only the number of clusters decides whether it is FAT16 (section 3.5).
    if (clusters < 4085 || clusters >= 65525 ||
        volume.clusters > volume.fat_sectors * ENTRIES_PER_SECTOR) {
        return -ERROR_BAD_IMAGE;
    }
    free_from = CLUSTER_FIRST;
    block_reserve(volume.fat_sector);
    return block_read(volume.fat_sector, volume.fat_sectors, fat) ? 0 : -ERROR_IO_ERROR;
}

uint16_t volume_next(uint16_t cluster)
{
    return volume_is_cluster(cluster) ? fat[cluster] : CLUSTER_END;
}

uint32_t volume_sector(uint16_t cluster)
{
    return volume.data_sector + (cluster - CLUSTER_FIRST) * volume.cluster_sectors;
}

uint32_t volume_count_free(void)
{
    uint32_t count = 0;
    for (uint32_t i = CLUSTER_FIRST; i < volume.clusters; i++) {
        count += fat[i] == CLUSTER_FREE;
    }
    return count;
}

void volume_set_next(uint16_t cluster, uint16_t next)
{
    fat[cluster] = next;
    fat_changed[cluster / ENTRIES_PER_SECTOR] = true;
}

uint16_t volume_take(void)
{
    while (free_from < volume.clusters && fat[free_from] != CLUSTER_FREE) {
        free_from++;
    }
    if (free_from == volume.clusters) {
        return 0;
    }
    volume_set_next((uint16_t)free_from, CLUSTER_LAST);
    return (uint16_t)free_from;
}

void volume_free(uint16_t first)
{
    while (volume_is_cluster(first)) {
        uint16_t next = fat[first];
        volume_set_next(first, CLUSTER_FREE);
        free_from = first < free_from ? first : free_from;
        first = next;
    }
}

bool volume_flush(void)
{
    for (uint32_t sector = 0; sector < volume.fat_sectors; sector++) {
        const uint16_t *entries = fat + sector * ENTRIES_PER_SECTOR;
        uint32_t place = volume.fat_sector + sector;
        for (uint32_t copy = 0; fat_changed[sector] && copy < volume.fat_count;
             copy++) {
            if (!block_write(place + copy * volume.fat_sectors, 1, entries)) {
                return false;
            }
        }
        fat_changed[sector] = false;
    }
    return true;
}

// (One copy of the loop: see `search` in directory.c.)
void *volume_cached(uint32_t sector)
{
#pragma clang loop unroll(disable)
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
            bool good = block_write(sector, 1, cache[i].bytes);
            cache[i].sector = good ? sector : 0;
            return good;
        }
    }
    return false;
}
