// Physical memory: a stack of frames that came back, and a mark below which every frame
// has been given out at least once.
//
// Frames are handed out lowest first and the one freed last comes back first, so the
// same sequence of calls gives the same addresses on every machine.
#include "memory/frames.h"

#include "library/text.h"
#include "traps/bugcheck.h"
#include "traps/irql.h"

extern char kernel_end[];

#define FRAMES (RAM_BYTES / PAGE_SIZE)

// All guarded by IRQL_HIGH.
static uint32_t returned[FRAMES];  // frame numbers
static uint32_t returned_count;
static uint32_t untouched;  // from this frame number on, none was ever given out

void frames_initialize(void)
{
    untouched = (uint32_t)(((uint64_t)kernel_end - KERNEL_BASE) / PAGE_SIZE);
}

static uint64_t take_frame(void)
{
    if (returned_count > 0) {
        return returned[--returned_count] * (uint64_t)PAGE_SIZE;
    }
    return untouched < FRAMES ? untouched++ * (uint64_t)PAGE_SIZE : FRAME_NONE;
}

uint64_t frames_allocate_uncleared(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    uint64_t frame = take_frame();
    irql_lower(old);
    return frame;
}

uint64_t frames_allocate(void)
{
    uint64_t frame = frames_allocate_uncleared();
    if (frame != FRAME_NONE) {
        memset(frames_pointer(frame), 0, PAGE_SIZE);
    }
    return frame;
}

void frames_free(uint64_t frame)
{
    KERNEL_ASSERT(frame != FRAME_NONE && frame < RAM_BYTES && frame % PAGE_SIZE == 0);
    enum irql old = irql_raise(IRQL_HIGH);
    KERNEL_ASSERT(returned_count < FRAMES);
    returned[returned_count++] = (uint32_t)(frame / PAGE_SIZE);
    irql_lower(old);
}

uint64_t frames_free_count(void)
{
    return returned_count + (FRAMES - untouched);
}
