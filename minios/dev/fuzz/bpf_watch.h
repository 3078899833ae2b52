// Watching eBPF programs on this host: what bpf_host.c and bpf_watch.c ask of each other.
#pragma once

#include "bpf/program.h"

// ---- bpf_watch.c

// The verifier is about to look at a program of so many instructions.
void watch_verifier(uint64_t count);

// How many states the verifier has claimed; 0 if there were too many to keep. Ignored ones
// are compared with no run.
uint32_t watch_claims(bool are_ignored);

// A run is about to begin, with a stack of these bytes.
void watch_run(uint8_t byte);

// Whether the watched run has given back each reservation.
bool watch_is_given_back(void);

// A digest of everything that a program can leave behind in its maps, and of `sum`.
uint64_t watch_maps(const struct bpf_object *object, uint64_t sum);

// ---- bpf_host.c

// Writes down what is wrong, if nothing is written yet. Returns false.
bool host_found_fault(const char *format, ...);

// A digest of these bytes, and of what was before.
uint64_t host_digest(uint64_t before, const void *bytes, size_t size);
