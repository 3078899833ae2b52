// Integrity: now and then the kernel looks whether it is still itself.
#ifndef TRAPS_INTEGRITY_H
#define TRAPS_INTEGRITY_H

#include <stdint.h>

// Remembers what the kernel is like. Call it before any code from outside runs in ring 0.
void integrity_remember(void);

// For the System thread: looks at random moments for so long, or FOREVER; stops the
// machine once something has been altered.
void integrity_watch(uint64_t nanoseconds);

#endif
