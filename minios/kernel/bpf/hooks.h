// Hooks: when the kernel calls a loaded eBPF program, and what it counts about the calls.
#pragma once

#include "bpf/log.h"
#include "bpf/program.h"
#include "events/event_set.h"

[[nodiscard]] bool bpf_hook_exists(uint32_t hook);

// The events that the programs of an object get, and so may write into its maps.
struct event_set bpf_hooks_events(const struct bpf_object *object);

// From now on the events of their hooks call all programs of the object, or none of them.
// `slot` is a number below BPF_OBJECTS_LIMIT that no other object has.
// -ERROR_NO_SLOT: there are too many clients of the events. -ERROR_NO_MEMORY.
[[nodiscard]] long bpf_hooks_attach(struct bpf_object *object, uint32_t slot,
                                    struct bpf_log *log);

// No event calls the programs any more, and nobody is inside one. -ERROR_BUSY: a thread has
// died inside of a program, so this will never be true; then nothing has changed.
[[nodiscard]] long bpf_hooks_detach(struct bpf_object *object);

// The program that was running when this thread faulted, or NULL: for whoever has to say
// which code is to blame. (Without a fault nobody can ask: nothing interrupts a program but
// interrupt routines, and they are not to blame for it.)
const struct bpf_program *bpf_running(void);
