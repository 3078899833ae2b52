// The kernel checks that its own code and tables have not been changed (integrity.c).
#pragma once

#include <stdint.h>

// Copies everything that will be compared. Called by main.c before any driver runs in
// ring 0. `seed` chooses the random moments of the checks.
void integrity_remember(uint64_t seed);

// Checks at random moments, for so many nanoseconds or FOREVER. The System thread of
// main.c runs it. If something has been changed, it stops the machine.
void integrity_watch(uint64_t nanoseconds);
