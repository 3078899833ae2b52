// Calls: of helpers, by their table of arguments, and of the program's own functions. And
// `exit`, which returns from both a function and the program.
#include "bpf/helpers.h"
#include "bpf/map.h"
#include "bpf/verifier_walk.h"
#include "library/text.h"

#include <minios/abi.h>

#define ERRORS 4095  // a negated error is -4095..-1, as in Linux

// ---- The arguments of a helper.

// What the arguments before have told.
struct call {
    const struct bpf_helper *helper;
    const struct bpf_map *map;
    uint8_t map_number;
    struct reg memory;  // of the last READ or WRITE, whose size comes next
    unsigned memory_number;
    bool is_write;
    uint64_t constant_size;
    uint32_t released;  // the id of the reservation that is given back
};

static bool is_wrong(struct verifier *verifier, const struct call *call,
                     unsigned number, const struct reg *reg, const char *wanted)
{
    return verifier_refuse(
        verifier, "%s wants %s in R%u, not %s (\"R%u type mismatch\")",
        call->helper->name, wanted, number, verifier_type_words(reg->type), number);
}

static bool take_map(struct verifier *verifier, struct call *call, unsigned number,
                     const struct reg *reg, bool wants_ring)
{
    const char *wanted = wants_ring ? "a ring buffer" : "a map with keys";
    if (reg->type != REG_MAP) {
        return is_wrong(verifier, call, number, reg, wanted);
    }
    call->map = verifier->program->object->maps[reg->map];
    call->map_number = reg->map;
    bool is_ring = call->map->kind == BPF_MAP_RING;
    bool has_keys = call->map->kind == BPF_MAP_HASH || call->map->kind == BPF_MAP_ARRAY;
    if (wants_ring ? !is_ring : !has_keys) {
        return verifier_refuse(verifier,
                               "%s wants %s in R%u, and %s is another kind of map "
                               "(\"cannot pass map_type\")",
                               call->helper->name, wanted, number, call->map->name);
    }
    return true;
}

// A look-up in a read-only map is allowed: its address cannot be written through, which
// verifier_memory.c sees to. Any other helper would change the map.
static bool map_allows(struct verifier *verifier, const struct call *call)
{
    return call->helper->returns == BPF_RETURNS_VALUE_OR_NULL ||
           !(call->map->flags & BPF_MAP_READ_ONLY) ||
           verifier_refuse(verifier,
                           "map %s is read-only (\"write into map forbidden\")",
                           call->map->name);
}

// A size that can also be too large needs both checks: then both are said at once.
static bool size_can_be_0(struct verifier *verifier, const struct call *call,
                          unsigned number, const struct reg *reg)
{
    const struct reg *memory = &call->memory;
    int64_t end = memory->type == REG_STACK ? 0 : (int64_t)memory->size;
    int64_t room = end - memory->range.smax;
    bool fits =
        !reg_is_pointer(memory) || room < 1 || reg->range.umax <= (uint64_t)room;
    if (fits) {
        return verifier_refuse(
            verifier, "the size in R%u can be 0 (\"R%u invalid zero-sized read\")",
            number, number);
    }
    return verifier_refuse(
        verifier,
        "the size in R%u can be 0 to %lu, and may be 1 to %ld: check "
        "both (\"R%u invalid zero-sized read\")",
        number, reg->range.umax, room, number);
}

static bool take_size(struct verifier *verifier, const struct call *call,
                      unsigned number, const struct reg *reg)
{
    if (reg->type != REG_NUMBER) {
        return is_wrong(verifier, call, number, reg, "a size");
    }
    if (reg->range.smin < 0) {
        return verifier_refuse(verifier,
                               "the size in R%u can be negative: check it, or use & "
                               "(\"R%u min value is negative\")",
                               number, number);
    }
    if (reg->range.umin == 0) {
        return size_can_be_0(verifier, call, number, reg);
    }
    if (reg->range.umax > BPF_MAP_BYTES) {
        return verifier_refuse(verifier,
                               "the size in R%u has no upper bound (\"R%u unbounded "
                               "memory access\")",
                               number, number);
    }
    return verifier_lend(verifier, call->memory_number, &call->memory, reg->range.umin,
                         reg->range.umax, call->is_write);
}

static bool take_constant_size(struct verifier *verifier, struct call *call,
                               unsigned number, const struct reg *reg)
{
    if (!reg_is_constant(reg)) {
        return verifier_refuse(verifier,
                               "%s wants a size in R%u that is known when the program "
                               "is loaded (\"R%u is not a known constant\")",
                               call->helper->name, number, number);
    }
    // A reservation has a header of 8 bytes in the ring buffer.
    call->constant_size = reg->range.umin;
    uint64_t room = call->map->entries < 8 ? 0 : call->map->entries - 8;
    return (call->constant_size > 0 && call->constant_size <= room) ||
           verifier_refuse(verifier,
                           "%lu byte%s cannot be reserved in %s: it has room for 1 to "
                           "%lu",
                           call->constant_size, call->constant_size == 1 ? "" : "s",
                           call->map->name, room);
}

static bool take_context(struct verifier *verifier, const struct call *call,
                         unsigned number, const struct reg *reg)
{
    return reg->type != REG_CONTEXT
               ? is_wrong(verifier, call, number, reg, "an address in the event")
               : verifier_lend(verifier, number, reg, 1, 1, false);
}

static bool take_reserved(struct verifier *verifier, struct call *call, unsigned number,
                          const struct reg *reg)
{
    if (reg->type != REG_RESERVED) {
        return is_wrong(verifier, call, number, reg,
                        "what ringbuf_reserve has given, and was compared with 0,");
    }
    if (!range_is_constant(&reg->range) || reg->range.umin != 0) {
        return verifier_refuse(verifier,
                               "R%u must be the beginning of what was reserved "
                               "(\"dereference of modified mem ptr\")",
                               number);
    }
    call->released = reg->id;
    return true;
}

static bool take_argument(struct verifier *verifier, struct call *call, unsigned number,
                          uint32_t kind)
{
    struct reg reg;
    if (kind == BPF_ARGUMENT_NONE) {
        return true;
    }
    if (!verifier_read(verifier, number, &reg)) {
        return false;
    }
    switch (kind) {
    case BPF_ARGUMENT_NUMBER:
        return reg.type == REG_NUMBER ||
               is_wrong(verifier, call, number, &reg, "a number");
    case BPF_ARGUMENT_MAP:
    case BPF_ARGUMENT_RING:
        return take_map(verifier, call, number, &reg, kind == BPF_ARGUMENT_RING) &&
               (kind == BPF_ARGUMENT_RING || map_allows(verifier, call));
    case BPF_ARGUMENT_KEY:
        return verifier_lend(verifier, number, &reg, call->map->key_size,
                             call->map->key_size, false);
    case BPF_ARGUMENT_VALUE:
        return verifier_lend(verifier, number, &reg, call->map->value_size,
                             call->map->value_size, false);
    case BPF_ARGUMENT_READ:
    case BPF_ARGUMENT_WRITE:
        call->memory = reg;
        call->memory_number = number;
        call->is_write = kind == BPF_ARGUMENT_WRITE;
        return true;
    case BPF_ARGUMENT_SIZE:
        return take_size(verifier, call, number, &reg);
    case BPF_ARGUMENT_CONSTANT_SIZE:
        return take_constant_size(verifier, call, number, &reg);
    case BPF_ARGUMENT_CONTEXT:
        return take_context(verifier, call, number, &reg);
    case BPF_ARGUMENT_RESERVED:
        return take_reserved(verifier, call, number, &reg);
    default:
        return verifier_refuse(verifier, "%s has an argument of an unknown kind",
                               call->helper->name);
    }
}

// ---- What a helper leaves behind.

static void spoil_reserved(struct reg *reg, void *with)
{
    const uint32_t *id = with;
    if (reg->id == *id && reg->type == REG_RESERVED) {
        *reg = (struct reg){0};
    }
}

// A spoilt register in the stack is no longer one.
static void drop_spoilt_spills(struct state *state)
{
    for (unsigned f = 0; f < state->frame_count; f++) {
        struct frame *frame = state->frames[f];
        for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
            unsigned slot = (unsigned)__builtin_ctzll(left);
            if (frame->spills[slot].type == REG_UNWRITTEN) {
                frame->spilled &= ~(1UL << slot);
                frame->written[slot] = 0;
            }
        }
    }
}

static void release(struct state *state, uint32_t id)
{
    for (unsigned i = 0; i < state->reference_count; i++) {
        if (state->references[i].id == id) {
            state->references[i] = state->references[--state->reference_count];
            state->references[state->reference_count] = (struct reference){0};
        }
    }
    state_each_reg(state, spoil_reserved, &id);
    drop_spoilt_spills(state);
}

static bool reserve(struct verifier *verifier, uint32_t id)
{
    struct state *state = &verifier->state;
    if (state->reference_count == REFERENCES_LIMIT) {
        return verifier_refuse(verifier, "more than %u reservations are open at once",
                               REFERENCES_LIMIT);
    }
    state->references[state->reference_count++] =
        (struct reference){.id = id, .at = verifier->at};
    return true;
}

static bool give_result(struct verifier *verifier, const struct call *call)
{
    struct reg result = reg_number(range_unknown());
    if (call->helper->returns == BPF_RETURNS_VALUE_OR_NULL) {
        result = reg_pointer(REG_VALUE_OR_NULL, call->map->value_size);
        result.map = call->map_number;
        result.id = ++verifier->next_id;
    } else if (call->helper->returns == BPF_RETURNS_RESERVED_OR_NULL) {
        result = reg_pointer(REG_RESERVED_OR_NULL, (uint32_t)call->constant_size);
        result.id = ++verifier->next_id;
        if (!reserve(verifier, result.id)) {
            return false;
        }
    }
    return verifier_write(verifier, 0, result);
}

static void forget_arguments(struct frame *frame)
{
    for (unsigned number = 1; number <= 5; number++) {
        frame->regs[number] = (struct reg){0};
    }
}

bool verifier_call_helper(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    struct call call = {.helper = bpf_helper_find(code->immediate)};
    if (call.helper == NULL) {
        return verifier_refuse(verifier,
                               "there is no helper %u (\"invalid func unknown#%u\")",
                               code->immediate, code->immediate);
    }
    for (unsigned i = 0; i < 5; i++) {
        if (!take_argument(verifier, &call, i + 1, call.helper->arguments[i])) {
            return false;
        }
    }
    if (call.released != 0) {
        release(&verifier->state, call.released);
    }
    forget_arguments(state_frame(&verifier->state));
    if (!give_result(verifier, &call)) {
        return false;
    }
    verifier->at++;
    return true;
}

// ---- Functions of the program.

bool verifier_call_function(struct verifier *verifier)
{
    struct state *state = &verifier->state;
    struct frame *caller = state_frame(state);
    uint32_t target = verifier_target(verifier->code, verifier->at);
    if (state->frame_count == BPF_FRAMES) {
        return verifier_refuse(verifier,
                               "this is call number %u inside calls: there are %u "
                               "frames (\"the call stack of 9 frames is too deep\")",
                               BPF_FRAMES, BPF_FRAMES);
    }
    if (!state_push_frame(state)) {
        return verifier_no_memory(verifier);
    }
    struct frame *callee = state_frame(state);
    for (unsigned number = 1; number <= 5; number++) {
        callee->regs[number] = caller->regs[number];
    }
    callee->return_to = verifier->at + 1;
    forget_arguments(caller);
    caller->regs[0] = (struct reg){0};
    verifier_go_to(verifier, target);
    return true;
}

static bool return_from_function(struct verifier *verifier)
{
    struct state *state = &verifier->state;
    const struct frame *callee = state_frame(state);
    struct reg result = callee->regs[0];
    if (result.type == REG_STACK && result.frame == state->frame_count - 1) {
        return verifier_refuse(verifier,
                               "this returns an address in a frame that is gone then "
                               "(\"cannot return stack pointer to the caller\")");
    }
    uint32_t to = callee->return_to;
    state->frame_count--;
    state_frame(state)->regs[0] = result;
    verifier_go_to(verifier, to);
    return true;
}

static bool is_decision(struct verifier *verifier, const struct reg *result)
{
    if (!verifier->decides ||
        (result->range.s32min >= -ERRORS && result->range.s32max <= 0)) {
        return true;
    }
    char words[40];
    if (result->range.s32min == result->range.s32max) {
        text_format(words, sizeof(words), "is %d", result->range.s32min);
    } else {
        text_format(words, sizeof(words), "can be %d..%d", result->range.s32min,
                    result->range.s32max);
    }
    return verifier_refuse(
        verifier,
        "R0 %s; a program that decides returns 0 or a negated error, "
        "-%d..0 (\"the program exit value has bad range\")",
        words, ERRORS);
}

bool verifier_exit(struct verifier *verifier, bool *is_end)
{
    const struct state *state = &verifier->state;
    struct reg result;
    *is_end = false;
    if (state->frame_count > 1) {
        return return_from_function(verifier);
    }
    *is_end = true;
    if (!verifier_read(verifier, 0, &result)) {
        return false;
    }
    if (reg_is_pointer(&result)) {
        return verifier_refuse(verifier, "the program returns an address (\"R0 leaks "
                                         "addr as return value\")");
    }
    if (state->reference_count > 0) {
        return verifier_refuse(verifier,
                               "what instruction %u has reserved is not given back on "
                               "this path (\"Unreleased reference\")",
                               state->references[0].at);
    }
    return is_decision(verifier, &result);
}
