// Which registers are read later ("live"). A register that nobody reads any more must not
// make two states different: without this, a program with a loop has many more of them.
//
// It is found backwards, as long as something changes:
//
//     live before = what the instruction reads + (live after - what it writes)
//
// A mistake here cannot let a bad program pass: a register that is forgotten counts as
// unwritten, and reading it is refused.
#include "bpf/helpers.h"
#include "bpf/verifier_walk.h"

#define BIT(number) ((uint16_t)(1U << (number)))
#define ARGUMENTS   ((uint16_t)0x003e)  // R1 to R5

struct use {
    uint16_t reads, writes;
};

static struct use use_of_arithmetic(const struct bpf_instruction *code)
{
    uint16_t to = BIT(bpf_destination(code));
    struct use use = {.writes = to};
    if (bpf_operation(code) != BPF_ALU_MOV) {
        use.reads |= to;
    }
    if (bpf_source(code) == BPF_SOURCE_REGISTER && bpf_operation(code) != BPF_ALU_END) {
        use.reads |= BIT(bpf_source_register(code));
    }
    return use;
}

static struct use use_of_call(const struct bpf_instruction *code)
{
    struct use use = {.writes = ARGUMENTS | BIT(0)};
    if (bpf_source_register(code) == BPF_PSEUDO_CALL) {
        use.reads = ARGUMENTS;
        return use;
    }
    const struct bpf_helper *helper = bpf_helper_find(code->immediate);
    for (unsigned i = 0; helper != NULL && i < 5; i++) {
        if (helper->arguments[i] != BPF_ARGUMENT_NONE) {
            use.reads |= BIT(i + 1);
        }
    }
    return use;
}

static struct use use_of_jump(const struct bpf_instruction *code)
{
    switch (bpf_operation(code)) {
    case BPF_JUMP_JA:
        return (struct use){0};
    case BPF_JUMP_CALL:
        return use_of_call(code);
    case BPF_JUMP_EXIT:
        return (struct use){.reads = BIT(0)};
    default:
        return (struct use){.reads = BIT(bpf_destination(code)) |
                                     (bpf_source(code) == BPF_SOURCE_REGISTER
                                          ? BIT(bpf_source_register(code))
                                          : 0)};
    }
}

static struct use use_of_store(const struct bpf_instruction *code)
{
    struct use use = {.reads = BIT(bpf_destination(code))};
    if (bpf_class(code) == BPF_CLASS_ST) {
        return use;
    }
    use.reads |= BIT(bpf_source_register(code));
    if (bpf_mode(code) == BPF_MODE_ATOMIC && code->immediate == BPF_ATOMIC_CMPXCHG) {
        use.reads |= BIT(0);
    }
    return use;
}

static struct use use_of(const struct bpf_instruction *code)
{
    switch (bpf_class(code)) {
    case BPF_CLASS_LD:
        return (struct use){.writes = BIT(bpf_destination(code))};
    case BPF_CLASS_LDX:
        return (struct use){.reads = BIT(bpf_source_register(code)),
                            .writes = BIT(bpf_destination(code))};
    case BPF_CLASS_ST:
    case BPF_CLASS_STX:
        return use_of_store(code);
    case BPF_CLASS_JMP:
    case BPF_CLASS_JMP32:
        return use_of_jump(code);
    default:
        return use_of_arithmetic(code);
    }
}

static uint16_t live_after(const struct verifier *verifier, uint32_t at)
{
    const struct bpf_instruction *code = &verifier->code[at];
    unsigned class = bpf_class(code), operation = bpf_operation(code);
    bool is_jump = class == BPF_CLASS_JMP || class == BPF_CLASS_JMP32;
    if (is_jump && operation == BPF_JUMP_EXIT) {
        return 0;
    }
    uint16_t live = 0;
    if (!is_jump || operation != BPF_JUMP_JA) {
        live = verifier->live[at + (code->opcode == BPF_LDDW ? 2 : 1)];
    }
    if (is_jump && operation != BPF_JUMP_CALL) {
        live |= verifier->live[verifier_target(verifier->code, at)];
    }
    return live;
}

void verifier_find_live(struct verifier *verifier)
{
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        for (uint32_t i = verifier->count; i-- > 0;) {
            if (verifier->marks[i] & MARK_SECOND) {
                continue;
            }
            struct use use = use_of(&verifier->code[i]);
            uint16_t live =
                (uint16_t)(use.reads | (live_after(verifier, i) & ~use.writes));
            has_changed |= live != verifier->live[i];
            verifier->live[i] = live;
        }
    }
}

// ---- Forgetting.

// How many registers have a number's identity. One alone is equal to nothing.
struct holders {
    uint32_t id;
    unsigned count;
};

static void count_holder(struct reg *reg, void *with)
{
    struct holders *holders = with;
    holders->count += reg->type == REG_NUMBER && reg->id == holders->id;
}

static void forget_lone(struct verifier *verifier, struct reg *reg)
{
    if (reg->type == REG_NUMBER && reg->id != 0) {
        struct holders holders = {.id = reg->id};
        state_each_reg(&verifier->state, count_holder, &holders);
        if (holders.count == 1) {
            reg->id = 0;
        }
    }
}

void verifier_forget(struct verifier *verifier)
{
    struct state *state = &verifier->state;
    for (unsigned f = 0; f < state->frame_count; f++) {
        struct frame *frame = state->frames[f];
        bool is_innermost = f + 1 == state->frame_count;
        uint32_t at = is_innermost ? verifier->at : state->frames[f + 1]->return_to;
        for (unsigned i = 0; i < FRAME_REGS; i++) {
            if (!(verifier->live[at] & BIT(i))) {
                frame->regs[i].type = REG_UNWRITTEN;
                frame->regs[i].id = 0;
            }
        }
    }
    for (unsigned f = 0; f < state->frame_count; f++) {
        struct frame *frame = state->frames[f];
        for (unsigned i = 0; i < FRAME_REGS; i++) {
            forget_lone(verifier, &frame->regs[i]);
        }
        for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
            forget_lone(verifier, &frame->spills[__builtin_ctzll(left)]);
        }
    }
}
