// Loads and stores, and the memory that a program lends to a helper.
//
// An access is good if it lies inside what the address points to, wherever the address can
// be: at its lowest and at its highest distance from the beginning. Signed, because a
// distance can be negative.
//
// The stack is more than bytes: a slot of 8 bytes may hold a whole register, with all that
// is known of it. Writing to a part of a slot destroys that. What is left of an address is
// unwritten then: a program may not see pieces of an address.
#include "bpf/verifier_walk.h"

#include "bpf/map.h"
#include "library/text.h"

enum access {
    ACCESS_READ = 1,
    ACCESS_WRITE = 2,
};

// ---- Any memory.

static bool is_writable(struct verifier *verifier, unsigned number,
                        const struct reg *reg)
{
    if (reg->type == REG_CONTEXT) {
        return verifier_refuse(
            verifier,
            "R%u points to the event, and a program may only read it "
            "(\"cannot write into ctx\")",
            number);
    }
    if (reg->type != REG_VALUE) {
        return true;
    }
    const struct bpf_map *map = verifier->program->object->maps[reg->map];
    return !(map->flags & BPF_MAP_READ_ONLY) ||
           verifier_refuse(verifier,
                           "map %s is read-only (\"write into map forbidden\")",
                           map->name);
}

static bool is_memory(struct verifier *verifier, unsigned number, const struct reg *reg)
{
    switch (reg->type) {
    case REG_NUMBER:
        return verifier_refuse(verifier,
                               "R%u is a number, and no address (\"R%u invalid mem "
                               "access 'scalar'\")",
                               number, number);
    case REG_VALUE_OR_NULL:
    case REG_RESERVED_OR_NULL:
        return verifier_refuse(verifier,
                               "R%u may be 0: compare it with 0 first (\"R%u invalid "
                               "mem access '%s_or_null'\")",
                               number, number,
                               reg->type == REG_VALUE_OR_NULL ? "map_value" : "mem");
    case REG_MAP:
        return verifier_refuse(verifier,
                               "R%u is the map itself: only helpers reach into it "
                               "(\"R%u invalid mem access 'map_ptr'\")",
                               number, number);
    default:
        return true;
    }
}

// What an address points into, by the name that its author gave it.
static void memory_words(const struct verifier *verifier, const struct reg *reg,
                         char *text, size_t size)
{
    if (reg->type != REG_VALUE) {
        text_format(text, size, "the %s", verifier_type_words(reg->type));
        return;
    }
    const struct bpf_map *map = verifier->program->object->maps[reg->map];
    bool is_data = map->kind == BPF_MAP_DATA;
    text_format(text, size, is_data ? "the variables' section %s" : "a value of %s",
                map->name);
}

// `at` is the distance from the beginning of the object, with the offset of the
// instruction. The stack lies before its beginning.
static bool is_inside(struct verifier *verifier, unsigned number, const struct reg *reg,
                      const struct range *at, uint64_t size)
{
    int64_t first = reg->type == REG_STACK ? FIRST_SLOT : 0;
    int64_t end = reg->type == REG_STACK ? 0 : (int64_t)reg->size;
    char words[48];
    memory_words(verifier, reg, words, sizeof(words));
    if (at->smin < first) {
        return verifier_refuse(verifier,
                               "R%u can be %ld, which is before the beginning of %s "
                               "(\"R%u min value is outside of the allowed memory\")",
                               number, at->smin, words, number);
    }
    if (at->smax > end || (int64_t)size > end - at->smax) {
        return verifier_refuse(verifier,
                               "%lu byte%s at %ld, but %s ends at %ld (\"R%u max value "
                               "is outside of the allowed memory\")",
                               size, size == 1 ? "" : "s", at->smax, words, end,
                               number);
    }
    return true;
}

static bool is_aligned(struct verifier *verifier, const struct range *at, unsigned size)
{
    uint64_t low = (at->bits.value | at->bits.mask) & (size - 1);
    return low == 0 ||
           verifier_refuse(verifier,
                           "%u bytes must lie at a multiple of %u (\"misaligned "
                           "access\")",
                           size, size);
}

// ---- The stack.

// Byte `at` of a frame (-512..-1): which slot, and which byte of it.
static unsigned slot_of(int64_t at)
{
    return (unsigned)(at - FIRST_SLOT) / 8;
}

static uint8_t byte_of(int64_t at)
{
    return (uint8_t)(1U << ((unsigned)(at - FIRST_SLOT) % 8));
}

static bool holds_pointer(const struct frame *frame, unsigned slot)
{
    return frame->spilled >> slot & 1 && reg_is_pointer(&frame->spills[slot]);
}

// The slot holds bytes from now on. Pieces of an address cannot be read.
static void make_bytes(struct frame *frame, unsigned slot)
{
    if (holds_pointer(frame, slot)) {
        frame->written[slot] = 0;
    }
    frame->spilled &= ~(1UL << slot);
}

static void write_bytes(struct frame *frame, int64_t first, int64_t end, bool is_sure)
{
    for (int64_t at = first; at < end; at++) {
        make_bytes(frame, slot_of(at));
        if (is_sure) {
            frame->written[slot_of(at)] |= byte_of(at);
        }
    }
}

static bool bytes_are_readable(struct verifier *verifier, const struct frame *frame,
                               int64_t first, int64_t end)
{
    for (int64_t at = first; at < end; at++) {
        unsigned slot = slot_of(at);
        if (!(frame->written[slot] & byte_of(at))) {
            return verifier_refuse(
                verifier,
                "the byte %ld of the stack was not written (\"invalid "
                "read from stack\")",
                at);
        }
        if (holds_pointer(frame, slot)) {
            return verifier_refuse(verifier,
                                   "the byte %ld of the stack is a piece of an address "
                                   "(\"corrupted spill memory\")",
                                   at);
        }
    }
    return true;
}

static bool load_stack(struct verifier *verifier, const struct reg *address,
                       const struct range *at, unsigned size, struct reg *result)
{
    const struct frame *frame = verifier->state.frames[address->frame];
    if (range_is_constant(at) && size == 8) {
        unsigned slot = slot_of(at->smin);
        if (frame->spilled >> slot & 1) {
            *result = frame->spills[slot];
            return true;
        }
    }
    *result = reg_number(range_of_bytes(size));
    return bytes_are_readable(verifier, frame, at->smin, at->smax + size);
}

static bool may_spill(struct verifier *verifier, const struct reg *address,
                      const struct reg *value, bool is_whole)
{
    if (!reg_is_pointer(value)) {
        return true;
    }
    if (!is_whole) {
        return verifier_refuse(
            verifier, "an address can be stored only as a whole, at a known "
                      "place of the stack (\"invalid size of register spill\")");
    }
    return value->type != REG_STACK || value->frame <= address->frame ||
           verifier_refuse(
               verifier, "the frame to which this points is gone when the caller "
                         "reads it (\"cannot spill pointers to stack into stack frame "
                         "of the caller\")");
}

static bool store_stack(struct verifier *verifier, const struct reg *address,
                        const struct range *at, unsigned size, struct reg value)
{
    struct frame *frame = verifier->state.frames[address->frame];
    bool is_known = range_is_constant(at), is_whole = is_known && size == 8;
    if (!may_spill(verifier, address, &value, is_whole)) {
        return false;
    }
    if (!is_whole) {
        write_bytes(frame, at->smin, at->smax + size, is_known);
        return true;
    }
    unsigned slot = slot_of(at->smin);
    frame->written[slot] = 0xff;
    frame->spilled |= 1UL << slot;
    frame->spills[slot] = value;
    return true;
}

// ---- Instructions.

// Everything that holds for loads, stores and atomics. `*at` is where it goes.
static bool check_access(struct verifier *verifier, unsigned number, unsigned access,
                         struct reg *address, struct range *at)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned size = bpf_bytes(code);
    struct range offset = range_constant((uint64_t)(int64_t)bpf_offset(code));
    if (!verifier_read(verifier, number, address) ||
        !is_memory(verifier, number, address)) {
        return false;
    }
    *at = address->range;
    range_operate(at, &offset, BPF_ALU_ADD, false, false);
    return (!(access & ACCESS_WRITE) || is_writable(verifier, number, address)) &&
           is_inside(verifier, number, address, at, size) &&
           is_aligned(verifier, at, size);
}

static bool load(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned size = bpf_bytes(code);
    struct reg address, result = reg_number(range_of_bytes(size));
    struct range at;
    if (!check_access(verifier, bpf_source_register(code), ACCESS_READ, &address,
                      &at) ||
        (address.type == REG_STACK &&
         !load_stack(verifier, &address, &at, size, &result))) {
        return false;
    }
    if (bpf_mode(code) == BPF_MODE_MEMSX) {
        range_extend_sign(&result.range, 8 * size);
    }
    return verifier_write(verifier, bpf_destination(code), result);
}

static bool store(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned number = bpf_destination(code);
    struct reg address;
    struct reg value =
        reg_number(range_constant((uint64_t)(int64_t)bpf_immediate(code)));
    struct range at;
    bool is_register = bpf_class(code) == BPF_CLASS_STX;
    if ((is_register && !verifier_read(verifier, bpf_source_register(code), &value)) ||
        !check_access(verifier, number, ACCESS_WRITE, &address, &at)) {
        return false;
    }
    if (address.type == REG_STACK) {
        if (is_register && bpf_bytes(code) == 8) {
            verifier_link(verifier, bpf_source_register(code), &value);
        }
        return store_stack(verifier, &address, &at, bpf_bytes(code), value);
    }
    return !reg_is_pointer(&value) ||
           verifier_refuse(verifier,
                           "R%u is an address, and others could read it there (\"R%u "
                           "leaks addr into mem\")",
                           bpf_source_register(code), bpf_source_register(code));
}

static bool atomic(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned size = bpf_bytes(code), source = bpf_source_register(code);
    bool compares = code->immediate == BPF_ATOMIC_CMPXCHG;
    struct reg address, value;
    struct range at;
    if (!verifier_read_number(verifier, source, &value) ||
        (compares && !verifier_read_number(verifier, 0, &value)) ||
        !check_access(verifier, bpf_destination(code), ACCESS_READ | ACCESS_WRITE,
                      &address, &at)) {
        return false;
    }
    if (address.type == REG_STACK) {
        struct frame *frame = verifier->state.frames[address.frame];
        if (!bytes_are_readable(verifier, frame, at.smin, at.smax + size)) {
            return false;
        }
        write_bytes(frame, at.smin, at.smax + size, range_is_constant(&at));
    }
    bool returns = code->immediate & BPF_ATOMIC_FETCH;
    return !returns || verifier_write(verifier, compares ? 0 : source,
                                      reg_number(range_of_bytes(size)));
}

bool verifier_memory(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    bool is_good = bpf_class(code) == BPF_CLASS_LDX    ? load(verifier)
                   : bpf_mode(code) == BPF_MODE_ATOMIC ? atomic(verifier)
                                                       : store(verifier);
    verifier->at += is_good;
    return is_good;
}

// ---- Helpers.

bool verifier_lend(struct verifier *verifier, unsigned number, const struct reg *reg,
                   uint64_t least, uint64_t most, bool is_write)
{
    if (!is_memory(verifier, number, reg) ||
        (is_write && !is_writable(verifier, number, reg)) ||
        !is_inside(verifier, number, reg, &reg->range, most)) {
        return false;
    }
    if (reg->type != REG_STACK) {
        return true;
    }
    struct frame *frame = verifier->state.frames[reg->frame];
    int64_t first = reg->range.smin, end = reg->range.smax + (int64_t)most;
    if (!is_write) {
        return bytes_are_readable(verifier, frame, first, end);
    }
    write_bytes(frame, first, end, false);
    if (range_is_constant(&reg->range)) {
        write_bytes(frame, first, first + (int64_t)least, true);
    }
    return true;
}
