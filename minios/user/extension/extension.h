// What extension.c and services.c share.
#ifndef USER_EXTENSION_H
#define USER_EXTENSION_H

#include <stdint.h>

// The handle of the plugin's inbox.
uint32_t extension_inbox(void);

// Runs the callbacks that are due. Returns in how many nanoseconds the next one is due.
uint64_t extension_run_deferred(void);

#endif
