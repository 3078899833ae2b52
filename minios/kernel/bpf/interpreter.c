// The interpreter (see interpreter.h).
#include "bpf/interpreter.h"

void bpf_interpret(struct bpf_run *run)
{
    run->end = BPF_END_BAD_CODE;
}
