// How this start goes on: as usual, in safe mode, with the last good service list, or
// first of all into the recovery environment.
#ifndef STARTUP_BOOT_MODE_H
#define STARTUP_BOOT_MODE_H

#include <stdint.h>

// For the System thread, once the disk is there and before anything from outside runs.
// May take as long as a person takes to choose. Returns a BOOT_MODE_ value.
uint32_t boot_mode_choose(void);

#endif
