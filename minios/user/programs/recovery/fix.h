// "Fetch a fix": asks the vendor over the update link what to do, and does it (see
// fix.c).
#ifndef USER_FIX_H
#define USER_FIX_H

#include <stdbool.h>

// Asks for a fix, applies it, and says how it went. Returns whether a fix was applied.
bool fix_fetch(void);

#endif
