// What the two files of the extension runtime share.
#ifndef USER_EXTENSION_H
#define USER_EXTENSION_H

#include <stdint.h>

// The handle of the plugin's inbox.
uint32_t extension_inbox(void);

// Runs the callbacks that are due; returns how many nanoseconds no other will be.
uint64_t extension_run_deferred(void);

#endif
