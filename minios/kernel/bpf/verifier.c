// The verifier (see verifier.h).
#include "bpf/verifier.h"

#include <minios/abi.h>

long bpf_verify(struct bpf_program *program, struct bpf_log *log)
{
    bpf_log(log, "%s: this kernel cannot verify programs yet", program->name);
    return -ERROR_NOT_IMPLEMENTED;
}
