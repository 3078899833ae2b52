// The bytes of files: reading and writing along a chain of clusters.
//
// files.c and open_files.c call this. It never writes to a cluster that a file on the
// disk owns: writing goes to drafts, which become the file later (open_files.c explains
// why).
#include "disk/volume.h"

#include "devices/block.h"
#include "library/text.h"

#define COPY_SECTORS 16

// Guarded by the file system's lock.
static uint8_t partial[SECTOR_SIZE];
static uint8_t copied[COPY_SECTORS * SECTOR_SIZE];

static uint32_t cluster_bytes(void)
{
    return volume.cluster_sectors * SECTOR_SIZE;
}

// The cluster in which a byte of the file lies, or CLUSTER_END if the chain is too
// short.
static uint16_t cluster_at(uint16_t first, uint32_t offset)
{
    uint16_t cluster = first == 0 ? CLUSTER_END : first;
    for (uint32_t skip = offset / cluster_bytes(); skip > 0 && cluster < CLUSTER_END;
         skip--) {
        cluster = volume_next(cluster);
    }
    return cluster;
}

// How many sectors from here on lie next to each other on the disk, at most `wanted`.
// They can be read or written with one request.
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

// One step of a transfer: where on the disk, and how much.
struct step {
    uint32_t sector;
    uint32_t skip;   // bytes at the start of the sector that are not part of it
    uint32_t bytes;  // 1 to 511 for a part of a sector, otherwise whole sectors
};

static bool next_step(uint16_t first, uint32_t offset, uint32_t left, struct step *step)
{
    uint16_t cluster = cluster_at(first, offset);
    if (!volume_is_cluster(cluster)) {
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

long fat_read(const struct fat_content *content, uint32_t offset, void *buffer,
              size_t size)
{
    struct step step;
    if (offset >= content->size) {
        return 0;
    }
    uint32_t left = content->size - offset;
    uint32_t wanted = left < size ? left : (uint32_t)size;
    for (uint32_t done = 0; done < wanted; done += step.bytes) {
        if (!next_step(content->cluster, offset + done, wanted - done, &step)) {
            return -ERROR_IO_ERROR;  // the chain is too short: the disk is damaged
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

static uint32_t clusters_for(uint32_t size)
{
    return size / cluster_bytes() + (size % cluster_bytes() != 0);
}

// Makes the chain long enough for `size` bytes, or as long as the free space allows.
static long extend_chain(struct fat_content *content, uint32_t size)
{
    uint32_t has = clusters_for(content->size);
    uint16_t last = has == 0 ? 0 : cluster_at(content->cluster, content->size - 1);
    if (has > 0 && !volume_is_cluster(last)) {
        return -ERROR_IO_ERROR;  // the chain is damaged
    }
    for (; has < clusters_for(size); has++) {
        uint16_t cluster = volume_take();
        if (cluster == 0) {
            return -ERROR_NO_SPACE;
        }
        if (last == 0) {
            content->cluster = cluster;
        } else {
            volume_set_next(last, cluster);
        }
        last = cluster;
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

static long write_bytes(const struct fat_content *content, uint32_t offset,
                        const uint8_t *bytes, uint32_t size)
{
    struct step step;
    for (uint32_t done = 0; done < size; done += step.bytes) {
        if (!next_step(content->cluster, offset + done, size - done, &step) ||
            !write_step(&step, bytes + done)) {
            return -ERROR_IO_ERROR;
        }
    }
    return size;
}

long fat_write(struct fat_content *content, uint32_t offset, const void *buffer,
               uint32_t size)
{
    uint32_t end = offset + size;
    long result = extend_chain(content, end);
    if (result == 0) {
        result = write_bytes(content, offset, buffer, size);
    }
    if (result >= 0 && end > content->size) {
        content->size = end;
    }
    return result;
}

void fat_shorten(struct fat_content *content, uint32_t size)
{
    if (size == 0) {
        volume_free(content->cluster);
        content->cluster = 0;
    } else {
        uint16_t last = cluster_at(content->cluster, size - 1);
        uint16_t rest = volume_next(last);
        if (volume_is_cluster(rest)) {
            volume_set_next(last, CLUSTER_LAST);
            volume_free(rest);
        }
    }
    content->size = size;
}

long fat_copy(const struct fat_content *from, struct fat_content *copy)
{
    *copy = (struct fat_content){.size = 0};
    long error = 0;
    while (copy->size < from->size && error >= 0) {
        error = fat_read(from, copy->size, copied, sizeof(copied));
        if (error > 0) {
            error = fat_write(copy, copy->size, copied, (uint32_t)error);
        }
    }
    if (error < 0) {
        volume_free(copy->cluster);
        return error;
    }
    return 0;
}

struct fat_layout fat_layout(uint16_t cluster)
{
    struct fat_layout layout = {0};
    uint16_t expected = 0;
    while (volume_is_cluster(cluster) && layout.clusters < volume.clusters) {
        layout.clusters++;
        layout.pieces += cluster != expected;
        expected = (uint16_t)(cluster + 1);
        cluster = volume_next(cluster);
    }
    return layout;
}
