// States of the verifier, and snapshots of them (see verifier_state.h).
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

// ---- Snapshots.

static size_t packed_bytes(const struct frame *frame)
{
    size_t spills = (size_t)__builtin_popcountll(frame->spilled);
    return offsetof(struct frame, spills) + spills * sizeof(struct reg);
}

size_t snapshot_bytes(const struct state *state)
{
    size_t bytes = sizeof(struct snapshot);
    for (unsigned f = 0; f < state->frame_count; f++) {
        bytes += packed_bytes(state->frames[f]);
    }
    return bytes;
}

void snapshot_save(struct snapshot *to, const struct state *state)
{
    to->size = (uint32_t)snapshot_bytes(state);
    to->frame_count = state->frame_count;
    to->reference_count = state->reference_count;
    memcpy(to->references, state->references, sizeof(to->references));
    struct frame *packed = (struct frame *)(to + 1);
    for (unsigned f = 0; f < state->frame_count; f++) {
        const struct frame *frame = state->frames[f];
        memcpy(packed, frame, offsetof(struct frame, spills));
        struct reg *spill = packed->spills;
        for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
            *spill++ = frame->spills[__builtin_ctzll(left)];
        }
        packed = (struct frame *)spill;
    }
}

bool snapshot_restore(struct state *to, const struct snapshot *from)
{
    to->frame_count = 0;
    to->reference_count = from->reference_count;
    memcpy(to->references, from->references, sizeof(to->references));
    const struct frame *packed = (const struct frame *)(from + 1);
    for (unsigned f = 0; f < from->frame_count; f++) {
        if (!state_push_frame(to)) {
            return false;
        }
        struct frame *frame = to->frames[f];
        memcpy(frame, packed, offsetof(struct frame, spills));
        const struct reg *spill = packed->spills;
        for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
            frame->spills[__builtin_ctzll(left)] = *spill++;
        }
        packed = (const struct frame *)spill;
    }
    return true;
}

// ---- Comparing two snapshots.

// The numbers of look-ups and reservations differ from walk to walk. What counts is that
// they are paired in one way: equal here, equal there.
#define PAIRS_LIMIT 64

struct pairs {
    unsigned count;
    struct {
        uint32_t outer, inner;
    } pairs[PAIRS_LIMIT];
};

static bool is_pair(struct pairs *pairs, uint32_t outer, uint32_t inner)
{
    for (unsigned i = 0; i < pairs->count; i++) {
        if (pairs->pairs[i].outer == outer || pairs->pairs[i].inner == inner) {
            return pairs->pairs[i].outer == outer && pairs->pairs[i].inner == inner;
        }
    }
    if (pairs->count == PAIRS_LIMIT) {
        return false;  // to compare no more is always right: then it walks once more
    }
    pairs->pairs[pairs->count].outer = outer;
    pairs->pairs[pairs->count].inner = inner;
    pairs->count++;
    return true;
}

static bool reg_covers(const struct reg *outer, const struct reg *inner,
                       struct pairs *pairs)
{
    if (outer->type == REG_UNWRITTEN) {
        return true;  // the walk from there did not read it
    }
    if (outer->type != inner->type || outer->frame != inner->frame ||
        outer->map != inner->map || outer->size != inner->size ||
        !range_covers(&outer->range, &inner->range)) {
        return false;
    }
    if (outer->type == REG_NUMBER && outer->id == 0) {
        return true;
    }
    return (outer->id == 0) == (inner->id == 0) &&
           (outer->id == 0 || is_pair(pairs, outer->id, inner->id));
}

static bool slots_cover(const struct frame *outer, const struct frame *inner,
                        struct pairs *pairs)
{
    const struct reg *outer_spill = outer->spills, *inner_spill = inner->spills;
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct reg *in_outer = outer->spilled >> slot & 1 ? outer_spill++ : NULL;
        const struct reg *in_inner = inner->spilled >> slot & 1 ? inner_spill++ : NULL;
        if ((outer->written[slot] & ~inner->written[slot]) != 0) {
            return false;
        }
        if (in_outer != NULL) {
            if (in_inner == NULL || !reg_covers(in_outer, in_inner, pairs)) {
                return false;
            }
        } else if (in_inner != NULL && outer->written[slot] != 0 &&
                   reg_is_pointer(in_inner)) {
            return false;  // bytes there, an address here
        }
    }
    return true;
}

static bool references_cover(const struct snapshot *outer, const struct snapshot *inner,
                             struct pairs *pairs)
{
    if (outer->reference_count != inner->reference_count) {
        return false;
    }
    for (unsigned i = 0; i < outer->reference_count; i++) {
        if (!is_pair(pairs, outer->references[i].id, inner->references[i].id)) {
            return false;
        }
    }
    return true;
}

bool snapshot_covers(const struct snapshot *outer, const struct snapshot *inner)
{
    struct pairs pairs = {0};
    if (outer->frame_count != inner->frame_count ||
        !references_cover(outer, inner, &pairs)) {
        return false;
    }
    const struct frame *a = (const struct frame *)(outer + 1);
    const struct frame *b = (const struct frame *)(inner + 1);
    for (unsigned f = 0; f < outer->frame_count; f++) {
        if (a->return_to != b->return_to) {
            return false;
        }
        for (unsigned i = 0; i < FRAME_REGS; i++) {
            if (!reg_covers(&a->regs[i], &b->regs[i], &pairs)) {
                return false;
            }
        }
        if (!slots_cover(a, b, &pairs)) {
            return false;
        }
        a = (const struct frame *)((const uint8_t *)a + packed_bytes(a));
        b = (const struct frame *)((const uint8_t *)b + packed_bytes(b));
    }
    return true;
}
