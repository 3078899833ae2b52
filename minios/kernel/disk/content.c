// The bytes of files: reading and writing along a chain of clusters.
#include "disk/volume.h"

#include "devices/block.h"
#include "library/text.h"

static uint8_t partial[SECTOR_SIZE];  // guarded by the file system's lock

static uint32_t cluster_bytes(void)
{
    return volume.cluster_sectors * SECTOR_SIZE;
}

// The cluster that holds a byte of the file; CLUSTER_END if the chain is too short.
static uint16_t cluster_at(uint16_t first, uint32_t offset)
{
    uint16_t cluster = first == 0 ? CLUSTER_END : first;
    for (uint32_t skip = offset / cluster_bytes(); skip > 0 && cluster < CLUSTER_END;
         skip--) {
        cluster = volume_next(cluster);
    }
    return cluster;
}

// How many sectors from here on lie one after another on the disk, at most `wanted`.
static uint32_t contiguous(uint16_t cluster, uint32_t sector_in_cluster,
                           uint32_t wanted)
{
    uint32_t found = volume.cluster_sectors - sector_in_cluster;
    while (found < wanted && volume_next(cluster) == cluster + 1) {
        cluster++;
        found += volume.cluster_sectors;
    }
    uint32_t limit = wanted < BLOCK_LIMIT ? wanted : BLOCK_LIMIT;
    return found < limit ? found : limit;
}

// One step of a transfer: where it goes on the disk and how much at once.
struct step {
    uint32_t sector;
    uint32_t skip;   // bytes to leave out at the start of the sector
    uint32_t bytes;  // 1 to 511 for part of a sector, else whole sectors
};

static bool next_step(uint16_t first, uint32_t offset, uint32_t left, struct step *step)
{
    uint16_t cluster = cluster_at(first, offset);
    if (cluster < CLUSTER_FIRST || cluster >= volume.clusters) {
        return false;
    }
    uint32_t inside = offset % cluster_bytes();
    step->sector = volume_sector(cluster) + inside / SECTOR_SIZE;
    step->skip = inside % SECTOR_SIZE;
    if (step->skip != 0 || left < SECTOR_SIZE) {
        uint32_t rest = SECTOR_SIZE - step->skip;
        step->bytes = left < rest ? left : rest;
    } else {
        step->bytes =
            SECTOR_SIZE * contiguous(cluster, inside / SECTOR_SIZE, left / SECTOR_SIZE);
    }
    return true;
}

static bool is_partial(const struct step *step)
{
    return step->bytes % SECTOR_SIZE != 0;
}

long fat_read(struct fat_place place, uint32_t offset, void *buffer, size_t size)
{
    struct fat_entry entry;
    struct step step;
    long error = fat_load(place, &entry);
    if (error < 0) {
        return error;
    }
    if (offset >= entry.size) {
        return 0;
    }
    uint32_t wanted = entry.size - offset < size ? entry.size - offset : (uint32_t)size;
    for (uint32_t done = 0; done < wanted; done += step.bytes) {
        if (!next_step(entry.cluster, offset + done, wanted - done, &step)) {
            return -ERROR_IO_ERROR;  // the chain is shorter than the size says
        }
        bool whole = !is_partial(&step);
        if (!block_read(step.sector, whole ? step.bytes / SECTOR_SIZE : 1,
                        whole ? (uint8_t *)buffer + done : partial)) {
            return -ERROR_IO_ERROR;
        }
        if (!whole) {
            memcpy((uint8_t *)buffer + done, partial + step.skip, step.bytes);
        }
    }
    return wanted;
}

// Makes the chain long enough for `size` bytes.
static long extend_chain(struct fat_entry *entry, uint32_t size)
{
    uint32_t needed = (size + cluster_bytes() - 1) / cluster_bytes();
    uint16_t last = 0, cluster = entry->cluster == 0 ? CLUSTER_END : entry->cluster;
    for (; needed > 0; needed--) {
        if (cluster < CLUSTER_END && !volume_is_cluster(cluster)) {
            return -ERROR_IO_ERROR;  // the chain is damaged
        }
        if (cluster >= CLUSTER_END) {
            cluster = volume_extend(last);
            if (cluster == 0) {
                return -ERROR_NO_SPACE;
            }
            if (last == 0) {
                entry->cluster = cluster;
            }
        }
        last = cluster;
        cluster = volume_next(cluster);
    }
    return 0;
}

static bool write_step(const struct step *step, const uint8_t *from)
{
    if (!is_partial(step)) {
        return block_write(step->sector, step->bytes / SECTOR_SIZE, from);
    }
    if (!block_read(step->sector, 1, partial)) {
        return false;
    }
    memcpy(partial + step->skip, from, step->bytes);
    return block_write(step->sector, 1, partial);
}

// Order: clusters, then bytes, then the directory entry that makes them part of the file.
long fat_write(struct fat_place place, uint32_t offset, const void *buffer, size_t size)
{
    struct fat_entry entry;
    struct step step;
    long error = fat_load(place, &entry);
    if (error < 0) {
        return error;
    }
    if (offset > entry.size || size > UINT32_MAX - offset ||
        entry.attributes & (FAT_DIRECTORY | FAT_READ_ONLY)) {
        return -ERROR_BAD_ARGUMENT;  // no holes, no writing over directories
    }
    error = extend_chain(&entry, offset + (uint32_t)size);
    if (error < 0) {
        return error;
    }
    for (uint32_t done = 0; done < size; done += step.bytes) {
        if (!next_step(entry.cluster, offset + done, (uint32_t)size - done, &step) ||
            !write_step(&step, (const uint8_t *)buffer + done)) {
            return -ERROR_IO_ERROR;
        }
    }
    if (offset + size > entry.size) {
        entry.size = offset + (uint32_t)size;
    }
    error = fat_store(place, &entry);
    return error < 0 ? error : (long)size;
}

long fat_truncate(struct fat_place place)
{
    struct fat_entry entry;
    long error = fat_load(place, &entry);
    if (error < 0) {
        return error;
    }
    if (entry.attributes & (FAT_DIRECTORY | FAT_READ_ONLY)) {
        return -ERROR_BAD_ARGUMENT;
    }
    uint16_t cluster = entry.cluster;
    entry.cluster = 0;
    entry.size = 0;
    error = fat_store(place, &entry);
    if (error < 0) {
        return error;
    }
    return volume_free_chain(cluster) ? 0 : -ERROR_IO_ERROR;
}
