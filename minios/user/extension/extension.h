// What extension.c and services.c share.
#ifndef USER_EXTENSION_H
#define USER_EXTENSION_H

#include <minios/abi.h>
#include <stdbool.h>
#include <stddef.h>

// The handle of the plugin's inbox.
uint32_t extension_inbox(void);

// What the name of the plugin's file ends with: ".ext" or ".drv" (image/manifest.c).
extern const char plugin_ending[];

// Calls the routines that are connected to this line, and then lets it interrupt again.
void extension_serve_interrupt(uint32_t irq);

// Runs the callbacks that are due. Returns in how many nanoseconds the next one is due.
uint64_t extension_run_deferred(void);

// ---- Events out of an eBPF ring buffer (ring.c).

// Subscribes to these types at the ring buffer "events" of a loaded eBPF object. Returns 0
// or a negated ERROR_; -ERROR_REFUSED: no object puts such events into one.
[[gnu::warn_unused_result]] long extension_subscribe_ring(const uint32_t *types,
                                                          size_t count);

// If the ring buffer has gone with its collector: looks whether there is one again.
// Returns in how many nanoseconds to look the next time.
uint64_t extension_look_for_ring(void);

// Whether the plugin has subscribed so.
bool extension_has_ring(void);

// plugin_mute for these events; only of processes.
[[gnu::warn_unused_result]] long extension_mute_ring(const struct event_mute *mute,
                                                     bool listed);

// Takes the next event for the plugin out of the ring. False if there is none.
[[gnu::warn_unused_result]] bool extension_read_ring(struct event *event);

#endif
