// The interpreter: executes an eBPF program, one instruction after the other.
#pragma once

#include "bpf/program.h"

enum bpf_end {
    BPF_END_EXIT,      // the program has returned; R0 is `result`
    BPF_END_ACCESS,    // checked: it touched memory that is not its own
    BPF_END_STEPS,     // it executed BPF_STEPS_LIMIT instructions
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
    uint64_t result, steps;
};

// Called at IRQL_DISPATCH: no other thread runs meanwhile, so one stack is enough for all
// programs. It does not return while the program runs.
void bpf_interpret(struct bpf_run *run);
