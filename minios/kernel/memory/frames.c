// Physical memory: a stack of free page frames.
//
// Frames are handed out lowest first and the one freed last comes back first, so the
// same sequence of calls gives the same addresses on every machine.
#include "memory/frames.h"

#include "library/text.h"
#include "traps/bugcheck.h"
#include "traps/irql.h"

extern char kernel_end[];

// Both are guarded by IRQL_HIGH.
static uint32_t free_frames[RAM_BYTES / PAGE_SIZE]; // frame numbers
static uint32_t free_count;

void frames_initialize(void)
{
    uint64_t first = ((uint64_t)kernel_end - KERNEL_BASE) / PAGE_SIZE;
    for (uint64_t frame = RAM_BYTES / PAGE_SIZE; frame-- > first;) {
        free_frames[free_count++] = (uint32_t)frame;
    }
}

uint64_t frames_allocate(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    uint64_t frame = free_count > 0 ? free_frames[--free_count] * (uint64_t)PAGE_SIZE : 0;
    irql_lower(old);
    if (frame != FRAME_NONE) {
        memset(frames_pointer(frame), 0, PAGE_SIZE);
    }
    return frame;
}

void frames_free(uint64_t frame)
{
    KERNEL_ASSERT(frame != FRAME_NONE && frame < RAM_BYTES && frame % PAGE_SIZE == 0);
    enum irql old = irql_raise(IRQL_HIGH);
    KERNEL_ASSERT(free_count < RAM_BYTES / PAGE_SIZE);
    free_frames[free_count++] = (uint32_t)(frame / PAGE_SIZE);
    irql_lower(old);
}

uint64_t frames_free_count(void)
{
    return free_count;
}
