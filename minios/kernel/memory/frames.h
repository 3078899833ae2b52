// Physical memory, in pieces of one page (4096 bytes). Such a piece is called a frame.
//
// page_table.c, heap.c and the makers of processes and stacks take frames here. A frame
// has a physical address. Programs and the kernel use virtual addresses, which the page
// tables lead to frames.
#pragma once

#include <minios/abi.h>

#define FRAME_NONE 0UL  // frame 0 is never given out

// Called once, by kernel_main. All memory from the end of the kernel to the end of RAM
// is free.
void frames_initialize(void);

// Gives out a frame filled with zeros. Returns its physical address, or FRAME_NONE if
// no memory is left. The zeros matter: ring 3 must not see what another process left
// behind.
[[nodiscard]] uint64_t frames_allocate(void);

// The same, but faster: the frame still holds old data. Only for callers that overwrite
// all of it, or never show it to ring 3.
[[nodiscard]] uint64_t frames_allocate_uncleared(void);

// Takes a frame back. FRAME_NONE is allowed and does nothing.
void frames_free(uint64_t frame);
