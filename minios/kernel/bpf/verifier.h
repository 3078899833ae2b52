// The verifier: whether a program may run in ring 0. Nothing runs before it has said yes.
#pragma once

#include "bpf/log.h"
#include "bpf/program.h"

// Looks at every path through the program. Returns 0, and fills in program->visits; or
// -ERROR_UNSAFE, and the last line of the log is the reason; or -ERROR_NO_MEMORY.
[[nodiscard]] long bpf_verify(struct bpf_program *program, struct bpf_log *log);
