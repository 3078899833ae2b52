// Long names, which other systems give to files. This kernel does not read them. It only
// removes the long name of a file that it deletes or renames, so that the name does not
// stay behind without a file. update.c calls this.
//
// A long name is cut into parts. Each part is an entry of its own, directly before the
// entry of the file (Microsoft FAT specification, 1.03, section 7).
#include "disk/volume.h"

#define ENTRIES_PER_SECTOR (SECTOR_SIZE / sizeof(struct fat_entry))

static uint8_t checksum_of(const char name[FAT_NAME_BYTES])
{
    uint8_t sum = 0;
    for (unsigned i = 0; i < FAT_NAME_BYTES; i++) {
        sum = (uint8_t)((sum << 7) + (sum >> 1) + (uint8_t)name[i]);
    }
    return sum;
}

// The index of the first part in this sector.
static uint32_t first_part(const struct fat_entry *entries, uint32_t index,
                           uint8_t checksum)
{
    while (index > 0 && entries[index - 1].attributes == FAT_LONG_NAME &&
           entries[index - 1].name[0] != FAT_DELETED &&
           entries[index - 1].created_tenths == checksum) {
        index--;
    }
    return index;
}

static void free_parts(struct fat_entry *entries, uint32_t from, uint32_t to)
{
    for (; from < to; from++) {
        entries[from].name[0] = FAT_DELETED;
    }
}

// The sector before this one in the same folder, or 0 if this is the first.
static uint32_t sector_before(uint32_t sector)
{
    if (sector < volume.data_sector) {
        return sector > volume.root_sector ? sector - 1 : 0;
    }
    uint32_t offset = sector - volume.data_sector;
    if (offset % volume.cluster_sectors != 0) {
        return sector - 1;
    }
    uint32_t cluster = CLUSTER_FIRST + offset / volume.cluster_sectors;
    for (uint32_t i = CLUSTER_FIRST; i < volume.clusters; i++) {
        if (volume_next((uint16_t)i) == cluster) {
            return volume_sector((uint16_t)i) + volume.cluster_sectors - 1;
        }
    }
    return 0;
}

// Frees the parts of the name that lie in sectors before this one, and writes these
// sectors.
static long forget_parts_before(uint32_t sector, uint8_t checksum)
{
    uint32_t first = 0;
    while (first == 0 && (sector = sector_before(sector)) != 0) {
        struct fat_entry *entries = volume_cached(sector);
        if (entries == NULL) {
            return -ERROR_IO_ERROR;
        }
        first = first_part(entries, ENTRIES_PER_SECTOR, checksum);
        free_parts(entries, first, ENTRIES_PER_SECTOR);
        if (first < ENTRIES_PER_SECTOR && !volume_write_cached(sector)) {
            return -ERROR_IO_ERROR;
        }
    }
    return 0;
}

long fat_forget_long_name(struct fat_place place)
{
    struct fat_entry *entries = volume_cached(place.sector);
    if (entries == NULL) {
        return -ERROR_IO_ERROR;
    }
    uint8_t checksum = checksum_of(entries[place.index].name);
    uint32_t first = first_part(entries, place.index, checksum);
    if (first == 0) {
        long error = forget_parts_before(place.sector, checksum);
        entries = volume_cached(place.sector);
        if (error < 0 || entries == NULL) {
            return -ERROR_IO_ERROR;
        }
    }
    free_parts(entries, first, place.index);
    return 0;
}
