// The kernel's file system, built for the host: its disk is memory, and every sector that
// is written is noted. What it needs of the rest of the kernel is here, as little as that
// can be.
#include "devices/block.h"
#include "disk/files.h"
#include "memory/heap.h"
#include "tasks/thread.h"

#define BLOCKS      64
#define BLOCK_BYTES 128
#define FOR_EVER    UINT32_MAX

struct written {
    uint32_t sector;
    uint8_t bytes[SECTOR_SIZE];
};

static struct {
    uint8_t *image;
    uint64_t sectors;
    struct written *log;
    uint32_t logged;
    uint32_t log_limit;
    uint32_t good_writes;  // until the disk fails
    bool locked;
    bool used[BLOCKS];
    _Alignas(16) uint8_t blocks[BLOCKS][BLOCK_BYTES];
} host;

static void copy(uint8_t *to, const uint8_t *from)
{
    for (unsigned i = 0; i < SECTOR_SIZE; i++) {
        to[i] = from[i];
    }
}

uint64_t block_sectors(void)
{
    return host.sectors;
}

void block_reserve(uint64_t sectors)
{
    (void)sectors;
}

bool block_read(uint64_t sector, uint32_t count, void *buffer)
{
    if (!host.locked || count > BLOCK_LIMIT || sector + count > host.sectors) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        copy((uint8_t *)buffer + i * SECTOR_SIZE,
             host.image + (sector + i) * SECTOR_SIZE);
    }
    return true;
}

bool block_write(uint64_t sector, uint32_t count, const void *buffer)
{
    if (!host.locked || count > BLOCK_LIMIT || sector + count > host.sectors) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *bytes = (const uint8_t *)buffer + i * SECTOR_SIZE;
        if (host.good_writes == 0 || host.logged == host.log_limit) {
            return false;
        }
        host.good_writes -= host.good_writes != FOR_EVER;
        copy(host.image + (sector + i) * SECTOR_SIZE, bytes);
        host.log[host.logged].sector = (uint32_t)sector + i;
        copy(host.log[host.logged++].bytes, bytes);
    }
    return true;
}

void *heap_allocate_uncleared(size_t size)
{
    for (unsigned i = 0; i < BLOCKS && size <= BLOCK_BYTES; i++) {
        if (!host.used[i]) {
            host.used[i] = true;
            return host.blocks[i];
        }
    }
    return NULL;
}

void *heap_allocate(size_t size)
{
    uint8_t *block = heap_allocate_uncleared(size);
    for (size_t i = 0; block != NULL && i < size; i++) {
        block[i] = 0;
    }
    return block;
}

void heap_free(void *block)
{
    host.used[((uint8_t *)block - host.blocks[0]) / BLOCK_BYTES] = false;
}

void mutex_lock(struct mutex *mutex)
{
    (void)mutex;
    host.locked = true;
}

void mutex_unlock(struct mutex *mutex)
{
    (void)mutex;
    host.locked = false;
}

void host_insert_disk(uint8_t *image, uint64_t sectors, struct written *log,
                      uint32_t log_limit)
{
    host.image = image;
    host.sectors = sectors;
    host.log = log;
    host.log_limit = log_limit;
    host.good_writes = FOR_EVER;
}

// So many more sectors can be written, then every write fails.
void host_fail_after(uint32_t sectors)
{
    host.good_writes = sectors;
}

// How many sectors have been written since the last time.
uint32_t host_take_log(void)
{
    uint32_t count = host.logged;
    host.logged = 0;
    return count;
}

uint32_t host_blocks_in_use(void)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < BLOCKS; i++) {
        count += host.used[i];
    }
    return count;
}
