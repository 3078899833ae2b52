// The checks of a program that nobody has verified, made while it runs: whether an
// instruction exists, whether memory is the program's own, whether it may call a helper.
#pragma once

#include "bpf/helpers.h"
#include "bpf/run.h"

// Values of maps that this run has looked up. A program that needs more of them at once
// may not touch the oldest any more.
enum { BPF_CHECKS_VALUES = 16 };

struct bpf_checks {
    const struct bpf_run *run;
    uint64_t stack, stack_end;  // of all frames in use
    struct {
        uint64_t address;
        size_t size;
        bool is_read_only;
    } values[BPF_CHECKS_VALUES];
    unsigned next;  // the place of the next one
};

// Whether this is an instruction (bpf_is_instruction) that leaves R10 as it is.
[[nodiscard]] bool bpf_is_defined(const struct bpf_instruction *at,
                                  const struct bpf_instruction *next);

// Whether a program may touch `size` bytes here: its stack, its memory, its maps.
[[nodiscard]] bool bpf_checks_memory(const struct bpf_checks *checks, uint64_t address,
                                     size_t size, bool is_write);

// Whether a helper may be called with these five arguments. Helpers that take an address
// in the context, or what a ring buffer has reserved, are for verified programs only.
[[nodiscard]] bool bpf_checks_call(const struct bpf_checks *checks,
                                   const struct bpf_helper *helper,
                                   const uint64_t *arguments);

// Remembers what a helper has returned, if it is the value of a map.
void bpf_checks_returned(struct bpf_checks *checks, const struct bpf_helper *helper,
                         const struct bpf_map *map, uint64_t address);
