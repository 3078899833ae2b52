// Helpers: functions of the kernel that eBPF programs may call. abi/bpf.py has the table.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

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

// For a program that nobody has verified: whether each argument is what the helper takes.
// `owns` says whether all of these bytes are the program's own. (A verified program needs
// no such question: the verifier has answered it for every call.)
typedef bool bpf_owns_function(const struct bpf_run *run, uint64_t address,
                               uint64_t size);
[[nodiscard]] bool bpf_helper_takes(const struct bpf_run *run,
                                    const struct bpf_helper *helper,
                                    const uint64_t *arguments, bpf_owns_function *owns);
