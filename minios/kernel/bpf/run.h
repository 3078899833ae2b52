// One call of an eBPF program: what it gets, and how it ended.
#pragma once

#include "bpf/program.h"

#include <stddef.h>

enum bpf_end {
    BPF_END_EXIT,      // the program has returned; R0 is `result`
    BPF_END_ACCESS,    // checked: it touched memory that is not its own
    BPF_END_STEPS,     // it and its helpers have done the work of BPF_STEPS_LIMIT steps
    BPF_END_BAD_CODE,  // checked: no such instruction, or it left the program
    BPF_END_FRAMES,    // it called more functions than there are frames
};

// One call of a program.
struct bpf_run {
    struct bpf_program *program;
    uint64_t r1, r2;  // what the program gets

    // Whether each access to memory and each jump is checked: for programs that nobody has
    // verified. They may touch their stack, the values of their maps, and this memory.
    bool is_checked;
    void *memory;
    size_t memory_size;

    enum bpf_end end;
    uint32_t at;  // the instruction that was the last
    uint64_t result, steps;
    uint64_t work;  // of helpers: what would have been as many steps (helpers.c)
};
