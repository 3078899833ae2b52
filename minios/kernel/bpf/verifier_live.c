// Which registers are read later ("live"). A register that nobody reads any more must not
// make two states different: without this, a program with a loop has many more of them.
//
// It is found backwards, until nothing changes any more:
//
//     live before = what the instruction reads + (live after - what it writes)
//
// A mistake here cannot let a bad program pass: a register that is forgotten counts as
// unwritten, and reading it is refused.
#include "bpf/helpers.h"
#include "bpf/verifier_walk.h"
#include "memory/heap.h"

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

static bool has_target(const struct verifier *verifier, uint32_t at)
{
    const struct bpf_instruction *code = &verifier->code[at];
    unsigned class = bpf_class(code), operation = bpf_operation(code);
    return (class == BPF_CLASS_JMP || class == BPF_CLASS_JMP32) &&
           operation != BPF_JUMP_EXIT && operation != BPF_JUMP_CALL &&
           !(verifier->marks[at] & MARK_SECOND);
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
    if (has_target(verifier, at)) {
        live |= verifier->live[verifier_target(verifier->code, at)];
    }
    return live;
}

// Which instruction can come before another. Most have one predecessor, the instruction
// above. The others are jumps: those with the same target hang together in a list.
#define NOBODY UINT16_MAX

struct flow {
    uint16_t *first;    // for each instruction: the first jump that leads here
    uint16_t *next;     // for each jump: another one with the same target
    uint16_t *waiting;  // a stack of instructions that have to be looked at (again)
    uint32_t count;     // of these
};

static void wait(struct verifier *verifier, struct flow *flow, uint32_t at)
{
    if (!(verifier->marks[at] & (MARK_SECOND | MARK_WAITING))) {
        verifier->marks[at] |= MARK_WAITING;
        flow->waiting[flow->count++] = (uint16_t)at;
    }
}

// Whatever can come before this instruction has to be looked at.
static void wait_before(struct verifier *verifier, struct flow *flow, uint32_t at)
{
    if (at > 0) {
        bool is_half = verifier->marks[at - 1] & MARK_SECOND;
        wait(verifier, flow, is_half ? at - 2 : at - 1);
    }
    for (uint16_t i = flow->first[at]; i != NOBODY; i = flow->next[i]) {
        wait(verifier, flow, i);
    }
}

static void find_flow(struct verifier *verifier, struct flow *flow)
{
    for (uint32_t i = 0; i < verifier->count; i++) {
        flow->first[i] = NOBODY;
    }
    for (uint32_t i = 0; i < verifier->count; i++) {
        if (has_target(verifier, i)) {
            uint32_t target = verifier_target(verifier->code, i);
            flow->next[i] = flow->first[target];
            flow->first[target] = (uint16_t)i;
        }
        wait(verifier, flow, i);
    }
}

// An instruction is looked at again only if something behind it has changed. A set only
// grows, up to 11 registers, so the work is proportional to the length of the program.
static void look(struct verifier *verifier, struct flow *flow)
{
    while (flow->count > 0) {
        uint32_t at = flow->waiting[--flow->count];
        verifier->marks[at] &= (uint8_t)~MARK_WAITING;
        struct use use = use_of(&verifier->code[at]);
        uint16_t live =
            (uint16_t)(use.reads | (live_after(verifier, at) & ~use.writes));
        if (live != verifier->live[at]) {
            verifier->live[at] = live;
            wait_before(verifier, flow, at);
        }
    }
}

bool verifier_find_live(struct verifier *verifier)
{
    uint32_t count = verifier->count;
    uint16_t *room = heap_allocate_uncleared(3 * count * sizeof(*room));
    if (room == NULL) {
        return verifier_no_memory(verifier);
    }
    struct flow flow = {
        .first = room, .next = room + count, .waiting = room + 2 * count};
    find_flow(verifier, &flow);
    look(verifier, &flow);
    heap_free(room);
    return true;
}

// ---- Forgetting. A number's identity matters only if another register has it, too: one
// alone is equal to nothing. They are counted in a table:
//
//     | id, walk, alone | id, walk, alone | ...      place: the low bits of the identity,
//                                                    or the next one that is free
//
// A row of another walk counts as free, so the table need not be cleared each time.

_Static_assert(BPF_FRAMES *(FRAME_REGS + SLOTS) < HOLDERS, "the table is never full");

static struct holder *find_holder(const struct verifier *verifier, uint32_t id)
{
    uint32_t at = id % HOLDERS;
    while (verifier->holders[at].walk == verifier->walk &&
           verifier->holders[at].id != id) {
        at = (at + 1) % HOLDERS;
    }
    return &verifier->holders[at];
}

static void note_holder(struct reg *reg, void *with)
{
    const struct verifier *verifier = with;
    if (reg->type != REG_NUMBER || reg->id == 0) {
        return;
    }
    struct holder *holder = find_holder(verifier, reg->id);
    bool is_new = holder->walk != verifier->walk;
    *holder = (struct holder){reg->id, verifier->walk, is_new ? reg : NULL};
}

static void forget_lone(struct reg *reg, void *with)
{
    const struct verifier *verifier = with;
    if (reg->type == REG_NUMBER && reg->id != 0 &&
        find_holder(verifier, reg->id)->alone == reg) {
        reg->id = 0;
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
    verifier->walk++;
    state_each_reg(state, note_holder, verifier);
    state_each_reg(state, forget_lone, verifier);
}
