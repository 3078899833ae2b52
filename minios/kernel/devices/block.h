// The disk: 512-byte sectors on a virtio block device.
#ifndef DEVICES_BLOCK_H
#define DEVICES_BLOCK_H

#include <minios/abi.h>
#include <stdbool.h>

// Finds the device among the virtio-mmio slots. False: there is none.
[[gnu::warn_unused_result]] bool block_initialize(void);
uint64_t block_sectors(void);

// The first sectors of the disk belong to no file: only these may a dying kernel write.
void block_reserve(uint64_t sectors);

// Whole sectors, at most BLOCK_LIMIT at once; the caller's thread waits for the disk.
#define BLOCK_LIMIT 128
[[gnu::warn_unused_result]] bool block_read(uint64_t sector, uint32_t count,
                                            void *buffer);
[[gnu::warn_unused_result]] bool block_write(uint64_t sector, uint32_t count,
                                             const void *buffer);

// For the dying kernel: resets the device and writes without interrupts, threads or
// anything that the crash may have broken.
[[gnu::warn_unused_result]] bool block_emergency_write(uint64_t sector, uint32_t count,
                                                       const void *buffer);

void block_interrupt(void);
unsigned block_irq(void);

#endif
