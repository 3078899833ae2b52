// Conditional jumps. Each possible side is a path of its own, on which more is known than
// before. A side that is not possible is not walked.
#include "bpf/verifier_walk.h"

// ---- Which side.

// Goes to the side that is possible. If both are: first to the next instruction, and to the
// target when the walk comes back. `*is_taken` is where it went.
static bool choose(struct verifier *verifier, bool may_stay, bool may_jump,
                   bool *is_taken)
{
    *is_taken = verifier->is_second_side || !may_stay;
    if (may_stay && may_jump && !verifier->is_second_side &&
        !verifier_branch(verifier)) {
        return false;
    }
    verifier->is_second_side = false;
    if (*is_taken) {
        verifier_go_to(verifier, verifier_target(verifier->code, verifier->at));
    } else {
        verifier->at++;
    }
    return true;
}

// ---- Addresses.

static bool may_be_null(const struct reg *reg)
{
    return reg->type == REG_VALUE_OR_NULL || reg->type == REG_RESERVED_OR_NULL;
}

struct look_up {
    uint32_t id;
    bool is_null;
};

static void settle_copy(struct reg *reg, void *with)
{
    const struct look_up *found = with;
    if (!may_be_null(reg) || reg->id != found->id) {
        return;
    }
    if (found->is_null) {
        *reg = reg_number(range_constant(0));
    } else if (reg->type == REG_RESERVED_OR_NULL) {
        reg->type = REG_RESERVED;  // its id stays: it must be given back
    } else {
        reg->type = REG_VALUE;
        reg->id = 0;
    }
}

// What was found by one look-up is 0, or is not: in all copies of the address. A
// reservation that is 0 need not be given back.
static void settle_null(struct state *state, uint32_t id, bool is_null)
{
    struct look_up found = {id, is_null};
    state_each_reg(state, settle_copy, &found);
    for (unsigned i = 0; is_null && i < state->reference_count; i++) {
        if (state->references[i].id == id) {
            state->references[i] = state->references[--state->reference_count];
            state->references[state->reference_count] = (struct reference){0};
        }
    }
}

static bool compare_with_null(struct verifier *verifier, const struct reg *pointer,
                              bool jumps_if_null)
{
    uint32_t id = pointer->id;
    bool may_be_0 = may_be_null(pointer), is_taken;
    bool may_stay = !jumps_if_null ? may_be_0 : true;
    bool may_jump = jumps_if_null ? may_be_0 : true;
    if (!choose(verifier, may_stay, may_jump, &is_taken)) {
        return false;
    }
    if (may_be_0) {
        settle_null(&verifier->state, id, is_taken == jumps_if_null);
    }
    return true;
}

static bool compare_pointer(struct verifier *verifier, const struct reg *left,
                            const struct reg *right)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned operation = bpf_operation(code);
    bool is_equality = operation == BPF_JUMP_JEQ || operation == BPF_JUMP_JNE;
    bool is_64 = bpf_class(code) == BPF_CLASS_JMP;
    const struct reg *number = reg_is_pointer(left) ? right : left;
    if (is_equality && is_64 && reg_is_constant(number) && number->range.umax == 0) {
        return compare_with_null(verifier, reg_is_pointer(left) ? left : right,
                                 operation == BPF_JUMP_JEQ);
    }
    if (is_equality && is_64 && reg_is_pointer(number)) {
        bool is_taken;
        return choose(verifier, true, true, &is_taken);
    }
    return verifier_refuse(verifier,
                           "R%u is an address: it can be compared with 0, and be equal "
                           "to another address, and no more (\"pointer comparison "
                           "prohibited\")",
                           reg_is_pointer(left) ? bpf_destination(code)
                                                : bpf_source_register(code));
}

// ---- Numbers.

static void settle_equal(struct reg *reg, void *with)
{
    const struct reg *known = with;
    if (reg->type == REG_NUMBER && reg->id == known->id) {
        reg->range = known->range;
    }
}

// Writes what is known now to the register, and to all copies of this number.
static void learn(struct verifier *verifier, unsigned number, const struct reg *reg)
{
    if (number < FRAME_REGS) {
        state_frame(&verifier->state)->regs[number].range = reg->range;
    }
    if (reg->id != 0) {
        struct reg known = *reg;
        state_each_reg(&verifier->state, settle_equal, &known);
    }
}

static bool compare_numbers(struct verifier *verifier, const struct reg *left,
                            const struct reg *right)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned operation = bpf_operation(code);
    bool is_32 = bpf_class(code) == BPF_CLASS_JMP32;
    bool is_possible[2], is_taken;
    struct reg lefts[2], rights[2];  // [1]: the jump is taken
    for (unsigned side = 0; side < 2; side++) {
        lefts[side] = *left;
        rights[side] = *right;
        is_possible[side] = range_compare(&lefts[side].range, &rights[side].range,
                                          operation, is_32, side == 1);
    }
    if (!is_possible[0] && !is_possible[1]) {
        // No number is possible, so no run comes here. Any side will do.
        is_possible[0] = true;
        lefts[0] = *left;
        rights[0] = *right;
    }
    verifier->branch = (struct branch){verifier->at, *left, *right};
    if (!choose(verifier, is_possible[0], is_possible[1], &is_taken)) {
        return false;
    }
    if (bpf_source(code) == BPF_SOURCE_REGISTER) {
        learn(verifier, bpf_source_register(code), &rights[is_taken]);
    }
    learn(verifier, bpf_destination(code), &lefts[is_taken]);
    return true;
}

bool verifier_jump(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    if (bpf_operation(code) == BPF_JUMP_JA) {
        verifier_go_to(verifier, verifier_target(verifier->code, verifier->at));
        return true;
    }
    struct reg left, right = reg_number(range_constant((uint64_t)bpf_immediate(code)));
    if ((bpf_source(code) == BPF_SOURCE_REGISTER &&
         !verifier_read(verifier, bpf_source_register(code), &right)) ||
        !verifier_read(verifier, bpf_destination(code), &left)) {
        return false;
    }
    return reg_is_pointer(&left) || reg_is_pointer(&right)
               ? compare_pointer(verifier, &left, &right)
               : compare_numbers(verifier, &left, &right);
}
