// Defects of the kernel's own eBPF code. None is there unless the boot option
// `bpf_defect=NAME` plants it (minios/abi/bpf.py has the list). They exist to show that a
// program which was verified can still stop the machine.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Whether this defect (BPF_DEFECT_) was planted in this machine.
[[nodiscard]] bool bpf_defect_is(uint32_t defect);
