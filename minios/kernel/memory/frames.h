// Physical memory, one page frame at a time.
#ifndef MEMORY_FRAMES_H
#define MEMORY_FRAMES_H

#include <minios/abi.h>

#define FRAME_NONE 0UL  // frame 0 is never given out

// Everything from the end of the kernel to the end of RAM is free.
void frames_initialize(void);

// A zeroed frame: its physical address, or FRAME_NONE.
[[gnu::warn_unused_result]] uint64_t frames_allocate(void);

// The same, with whatever was in it: only for who overwrites all of it, or never shows it
// to ring 3.
[[gnu::warn_unused_result]] uint64_t frames_allocate_uncleared(void);
void frames_free(uint64_t frame);
uint64_t frames_free_count(void);

// Where the kernel can touch a physical address: in the direct map.
static inline void *frames_pointer(uint64_t physical)
{
    return (void *)(DIRECT_MAP + physical);
}

#endif
