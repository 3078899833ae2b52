// Helpers: functions of the kernel that eBPF programs may call. abi/bpf.py has the table.
#pragma once

#include <minios/abi.h>

struct bpf_run;

// What a helper takes and gives, for the verifier. NULL: there is no helper of this number.
struct bpf_helper {
    uint32_t number;
    const char *name;
    uint32_t returns;                                                  // BPF_RETURNS_
    uint32_t arguments[5];                                             // BPF_ARGUMENT_
    uint64_t (*call)(struct bpf_run *run, const uint64_t *arguments);  // R1 to R5
};
const struct bpf_helper *bpf_helper_find(uint32_t number);
