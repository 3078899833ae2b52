// Physical memory: which frames are free (see frames.h).
//
// Two facts are enough: a stack of the frames that were given back, and a mark. No
// frame at or above the mark was ever given out.
//
// The order is fixed: the frame that came back last is given out first, and after those
// the lowest. So the same sequence of calls gives the same addresses on every machine.
// That is what lets us compare two runs, and minios with QEMU, pointer by pointer.
#include "base/direct_map.h"
#include "memory/frames.h"

#include "base/irql.h"
#include "base/stop.h"
#include "library/text.h"

extern char kernel_end[];

#define FRAMES (RAM_BYTES / PAGE_SIZE)

// All guarded by IRQL_HIGH.
static uint32_t returned[FRAMES];  // frame numbers
static uint32_t returned_count;
static uint32_t untouched;  // the mark: the first frame that was never given out

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
        memset(physical_pointer(frame), 0, PAGE_SIZE);
    }
    return frame;
}

void frames_free(uint64_t frame)
{
    if (frame == FRAME_NONE) {
        return;
    }
    KERNEL_ASSERT(frame < RAM_BYTES && frame % PAGE_SIZE == 0);
    enum irql old = irql_raise(IRQL_HIGH);
    KERNEL_ASSERT(returned_count < FRAMES);
    returned[returned_count++] = (uint32_t)(frame / PAGE_SIZE);
    irql_lower(old);
}
