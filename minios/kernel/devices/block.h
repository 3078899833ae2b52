// The disk: sectors of 512 bytes on a virtio block device. disk/volume.c uses it, and
// the crash dump.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Finds the device among the virtio-mmio slots of the board. Returns false if there is
// none.
[[nodiscard]] bool block_initialize(void);
uint64_t block_sectors(void);

// Says how many sectors at the start of the disk belong to no file. A crashing kernel
// may write to these only: a bug in it must not damage files.
void block_reserve(uint64_t sectors);

// Read and write whole sectors, at most BLOCK_LIMIT at once. The thread that calls
// waits until the disk has finished.
#define BLOCK_LIMIT 128
[[nodiscard]] bool block_read(uint64_t sector, uint32_t count, void *buffer);
[[nodiscard]] bool block_write(uint64_t sector, uint32_t count, const void *buffer);

// For a crashing kernel: resets the device, then writes. It uses no interrupts, no
// threads, and nothing else that may be broken.
[[nodiscard]] bool block_emergency_write(uint64_t sector, uint32_t count,
                                         const void *buffer);
