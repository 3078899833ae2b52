// How this start goes on: as usual, in safe mode, with the last good service list, or
// with the recovery environment first. boot_mode.c explains how this is decided.
#pragma once

#include <stdint.h>

// Called by main.c when the disk can be read, before any driver runs. If it asks a
// person, it may take a long time. Returns a BOOT_MODE_ value.
uint32_t boot_mode_choose(void);
