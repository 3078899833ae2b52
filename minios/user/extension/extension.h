// What extension.c and services.c share.
#ifndef USER_EXTENSION_H
#define USER_EXTENSION_H

#include <stdint.h>

// The handle of the plugin's inbox.
uint32_t extension_inbox(void);

// What the name of the plugin's file ends with: ".ext" or ".drv" (image/manifest.c).
extern const char plugin_ending[];

// Calls the routines that are connected to this line, and then lets it interrupt again.
void extension_serve_interrupt(uint32_t irq);

// Runs the callbacks that are due. Returns in how many nanoseconds the next one is due.
uint64_t extension_run_deferred(void);

#endif
