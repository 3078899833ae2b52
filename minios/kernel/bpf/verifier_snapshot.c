// States that are kept for later: packed, restored, and compared with one another.
//
//     struct snapshot | packed_frame | reg | reg | ... | packed_frame | reg | ...
//
// The registers of a frame stand in the order R0 to R9, then the slots of the stack. One
// that holds nothing is left out. A packed register has two forms:
//
//     | type, frame, map, id, size | value |              a constant, or a constant distance
//     | type, frame, map, id, size | struct range      |  everything else
//
// A program that is verified in this machine of 16 MiB has some thousand of them.
#include "bpf/verifier_state.h"

#include "library/text.h"

struct packed_frame {
    uint32_t return_to;
    uint32_t regs;  // a bit for each register that is not unwritten
    uint64_t spilled;
    uint8_t written[SLOTS];
};

struct packed_reg {
    uint8_t type, frame, map;
    bool is_constant;
    uint32_t id, size;
    uint32_t unused;
};

#define CONSTANT_BYTES (sizeof(struct packed_reg) + sizeof(uint64_t))
#define RANGE_BYTES    (sizeof(struct packed_reg) + sizeof(struct range))

// ---- Packing.

static size_t reg_bytes(const struct reg *reg)
{
    return range_is_constant(&reg->range) ? CONSTANT_BYTES : RANGE_BYTES;
}

static uint8_t *pack(uint8_t *to, const struct reg *reg)
{
    struct packed_reg *packed = (struct packed_reg *)to;
    *packed = (struct packed_reg){
        .type = reg->type,
        .frame = reg->frame,
        .map = reg->map,
        .is_constant = range_is_constant(&reg->range),
        .id = reg->id,
        .size = reg->size,
    };
    if (packed->is_constant) {
        *(uint64_t *)(packed + 1) = reg->range.bits.value;
    } else {
        *(struct range *)(packed + 1) = reg->range;
    }
    return to + reg_bytes(reg);
}

static size_t frame_bytes(const struct frame *frame)
{
    size_t bytes = sizeof(struct packed_frame);
    for (unsigned i = 0; i < FRAME_REGS; i++) {
        if (frame->regs[i].type != REG_UNWRITTEN) {
            bytes += reg_bytes(&frame->regs[i]);
        }
    }
    for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
        bytes += reg_bytes(&frame->spills[__builtin_ctzll(left)]);
    }
    return bytes;
}

size_t snapshot_bytes(const struct state *state)
{
    size_t bytes = sizeof(struct snapshot);
    for (unsigned f = 0; f < state->frame_count; f++) {
        bytes += frame_bytes(state->frames[f]);
    }
    return bytes;
}

static uint8_t *pack_frame(uint8_t *to, const struct frame *frame)
{
    struct packed_frame *packed = (struct packed_frame *)to;
    packed->return_to = frame->return_to;
    packed->regs = 0;
    packed->spilled = frame->spilled;
    memcpy(packed->written, frame->written, sizeof(packed->written));
    to += sizeof(*packed);
    for (unsigned i = 0; i < FRAME_REGS; i++) {
        if (frame->regs[i].type != REG_UNWRITTEN) {
            packed->regs |= 1U << i;
            to = pack(to, &frame->regs[i]);
        }
    }
    for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
        to = pack(to, &frame->spills[__builtin_ctzll(left)]);
    }
    return to;
}

void snapshot_save(struct snapshot *to, const struct state *state)
{
    to->frame_count = state->frame_count;
    to->reference_count = state->reference_count;
    memcpy(to->references, state->references, sizeof(to->references));
    uint8_t *at = (uint8_t *)(to + 1);
    for (unsigned f = 0; f < state->frame_count; f++) {
        at = pack_frame(at, state->frames[f]);
    }
    to->size = (uint32_t)(at - (uint8_t *)to);
}

// ---- Unpacking.

static struct range unpack_range(const struct packed_reg *packed)
{
    return packed->is_constant ? range_constant(*(const uint64_t *)(packed + 1))
                               : *(const struct range *)(packed + 1);
}

static const struct packed_reg *next_reg(const struct packed_reg *packed)
{
    size_t bytes = packed->is_constant ? CONSTANT_BYTES : RANGE_BYTES;
    return (const struct packed_reg *)((const uint8_t *)packed + bytes);
}

static const struct packed_reg *unpack(struct reg *to, const struct packed_reg *packed)
{
    *to = (struct reg){
        .type = packed->type,
        .frame = packed->frame,
        .map = packed->map,
        .id = packed->id,
        .size = packed->size,
        .range = unpack_range(packed),
    };
    return next_reg(packed);
}

bool snapshot_restore(struct state *to, const struct snapshot *from)
{
    to->frame_count = 0;
    to->reference_count = from->reference_count;
    memcpy(to->references, from->references, sizeof(to->references));
    const uint8_t *at = (const uint8_t *)(from + 1);
    for (unsigned f = 0; f < from->frame_count; f++) {
        if (!state_push_frame(to)) {
            return false;
        }
        const struct packed_frame *packed = (const struct packed_frame *)at;
        const struct packed_reg *reg = (const struct packed_reg *)(packed + 1);
        struct frame *frame = to->frames[f];
        frame->return_to = packed->return_to;
        frame->spilled = packed->spilled;
        memcpy(frame->written, packed->written, sizeof(frame->written));
        for (unsigned i = 0; i < FRAME_REGS; i++) {
            if (packed->regs >> i & 1) {
                reg = unpack(&frame->regs[i], reg);
            }
        }
        for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
            reg = unpack(&frame->spills[__builtin_ctzll(left)], reg);
        }
        at = (const uint8_t *)reg;
    }
    return true;
}

// ---- Comparing.

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
        return false;  // to say no is always right: then the walk is only longer
    }
    pairs->pairs[pairs->count].outer = outer;
    pairs->pairs[pairs->count].inner = inner;
    pairs->count++;
    return true;
}

static bool ranges_cover(const struct packed_reg *outer, const struct packed_reg *inner)
{
    if (outer->is_constant) {
        return inner->is_constant &&
               *(const uint64_t *)(outer + 1) == *(const uint64_t *)(inner + 1);
    }
    struct range range = unpack_range(inner);
    return range_covers((const struct range *)(outer + 1), &range);
}

static bool reg_covers(const struct packed_reg *outer, const struct packed_reg *inner,
                       struct pairs *pairs)
{
    if (outer->type != inner->type || outer->frame != inner->frame ||
        outer->map != inner->map || outer->size != inner->size ||
        !ranges_cover(outer, inner)) {
        return false;
    }
    if (outer->type == REG_NUMBER && outer->id == 0) {
        return true;
    }
    return (outer->id == 0) == (inner->id == 0) &&
           (outer->id == 0 || is_pair(pairs, outer->id, inner->id));
}

// Two frames, and how far the comparison has come.
struct comparison {
    const struct packed_frame *outer, *inner;
    const struct packed_reg *outer_reg, *inner_reg;
    struct pairs pairs;
};

static bool regs_cover(struct comparison *at)
{
    for (unsigned i = 0; i < FRAME_REGS; i++) {
        bool in_outer = at->outer->regs >> i & 1, in_inner = at->inner->regs >> i & 1;
        // If it is unwritten in the outer one, the walk from there did not read it.
        if (in_outer &&
            (!in_inner || !reg_covers(at->outer_reg, at->inner_reg, &at->pairs))) {
            return false;
        }
        at->outer_reg = in_outer ? next_reg(at->outer_reg) : at->outer_reg;
        at->inner_reg = in_inner ? next_reg(at->inner_reg) : at->inner_reg;
    }
    return true;
}

static bool slots_cover(struct comparison *at)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        bool in_outer = at->outer->spilled >> slot & 1;
        bool in_inner = at->inner->spilled >> slot & 1;
        uint8_t wanted = at->outer->written[slot];
        if ((wanted & ~at->inner->written[slot]) != 0) {
            return false;
        }
        if (in_outer &&
            (!in_inner || !reg_covers(at->outer_reg, at->inner_reg, &at->pairs))) {
            return false;
        }
        if (!in_outer && in_inner && wanted != 0 && at->inner_reg->type != REG_NUMBER) {
            return false;  // bytes there, an address here
        }
        at->outer_reg = in_outer ? next_reg(at->outer_reg) : at->outer_reg;
        at->inner_reg = in_inner ? next_reg(at->inner_reg) : at->inner_reg;
    }
    return true;
}

static bool frame_covers(struct comparison *at)
{
    at->outer_reg = (const struct packed_reg *)(at->outer + 1);
    at->inner_reg = (const struct packed_reg *)(at->inner + 1);
    if (at->outer->return_to != at->inner->return_to || !regs_cover(at) ||
        !slots_cover(at)) {
        return false;
    }
    at->outer = (const struct packed_frame *)at->outer_reg;
    at->inner = (const struct packed_frame *)at->inner_reg;
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
    struct comparison at;
    at.outer = (const struct packed_frame *)(outer + 1);
    at.inner = (const struct packed_frame *)(inner + 1);
    at.pairs.count = 0;
    if (outer->frame_count != inner->frame_count ||
        !references_cover(outer, inner, &at.pairs)) {
        return false;
    }
    for (unsigned f = 0; f < outer->frame_count; f++) {
        if (!frame_covers(&at)) {
            return false;
        }
    }
    return true;
}
