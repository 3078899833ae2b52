// Integrity: now and then the kernel looks whether it is still itself.
#ifndef TRAPS_INTEGRITY_H
#define TRAPS_INTEGRITY_H

#include <stdint.h>

// Remembers what the kernel is like. Call it before any code from outside runs in ring 0.
// `seed` chooses the moments at which it will look.
void integrity_remember(uint64_t seed);

// For the System thread: looks at random moments for so long, or FOREVER; stops the
// machine once something has been altered.
void integrity_watch(uint64_t nanoseconds);

#endif
