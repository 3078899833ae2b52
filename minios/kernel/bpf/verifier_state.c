// States of the verifier (see verifier_state.h). verifier_snapshot.c keeps them for later.
#include "bpf/verifier_state.h"

#include "library/text.h"
#include "memory/heap.h"

struct reg reg_number(struct range range)
{
    return (struct reg){.type = REG_NUMBER, .range = range};
}

struct reg reg_pointer(enum reg_type type, uint32_t size)
{
    return (struct reg){
        .type = (uint8_t)type, .size = size, .range = range_constant(0)};
}

bool state_push_frame(struct state *state)
{
    struct frame **frame = &state->frames[state->frame_count];
    if (*frame == NULL) {
        *frame = heap_allocate(sizeof(**frame));
    }
    if (*frame == NULL) {
        return false;
    }
    memset(*frame, 0, offsetof(struct frame, spills));
    state->frame_count++;
    return true;
}

void state_destroy(struct state *state)
{
    for (unsigned i = 0; i < BPF_FRAMES; i++) {
        heap_free(state->frames[i]);
    }
}

void state_each_reg(struct state *state, void (*visit)(struct reg *reg, void *with),
                    void *with)
{
    for (unsigned f = 0; f < state->frame_count; f++) {
        struct frame *frame = state->frames[f];
        for (unsigned i = 0; i < FRAME_REGS; i++) {
            visit(&frame->regs[i], with);
        }
        for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
            visit(&frame->spills[__builtin_ctzll(left)], with);
        }
    }
}
