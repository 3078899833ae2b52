// The interpreter: executes an eBPF program, one instruction after the other.
#pragma once

#include "bpf/run.h"

// Called at IRQL_DISPATCH: no other thread runs meanwhile, so one stack is enough for all
// programs. It does not return while the program runs.
void bpf_interpret(struct bpf_run *run);

// Why a run has ended, for the log: "it has touched memory that is not its own".
const char *bpf_end_words(enum bpf_end end);
