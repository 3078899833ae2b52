// Arithmetic, and `lddw`: what a register holds afterwards.
//
// Numbers are the business of range_arithmetic.c. With an address a program may do little:
// add and subtract a number whose bounds are known. So it never turns into a number, and
// how far it is from the beginning of what it points to stays known.
#include "bpf/verifier_walk.h"

#include "bpf/map.h"

// No address may go further from its beginning: sums of two such distances do not wrap.
#define REACH (1L << 29)

// Of an operation with two operands.
static const char *operation_words(unsigned operation)
{
    static const char *const words[] = {
        [BPF_ALU_ADD >> 4] = "+",    [BPF_ALU_SUB >> 4] = "-",
        [BPF_ALU_MUL >> 4] = "*",    [BPF_ALU_DIV >> 4] = "/",
        [BPF_ALU_OR >> 4] = "|",     [BPF_ALU_AND >> 4] = "&",
        [BPF_ALU_LSH >> 4] = "<<",   [BPF_ALU_RSH >> 4] = ">>",
        [BPF_ALU_MOD >> 4] = "%",    [BPF_ALU_XOR >> 4] = "^",
        [BPF_ALU_ARSH >> 4] = "s>>",
    };
    return words[operation >> 4];
}

static bool is_in_reach(struct verifier *verifier, unsigned number,
                        const struct range *range)
{
    if (range->smin >= -REACH && range->smax <= REACH) {
        return true;
    }
    return verifier_refuse(verifier,
                           "R%u is an address, and nobody has checked how far it moves "
                           "(\"math between pointer and register with unbounded "
                           "value\")",
                           number);
}

static bool may_move(struct verifier *verifier, unsigned number, const struct reg *reg)
{
    if (reg->type == REG_VALUE_OR_NULL || reg->type == REG_RESERVED_OR_NULL) {
        return verifier_refuse(verifier,
                               "R%u may be 0: compare it with 0 before you calculate "
                               "(\"pointer arithmetic on or_null prohibited\")",
                               number);
    }
    return reg->type != REG_MAP ||
           verifier_refuse(verifier,
                           "R%u is a map; nothing can be added to a map (\"pointer "
                           "arithmetic on map_ptr prohibited\")",
                           number);
}

// Whether two addresses surely point into the same thing.
static bool is_same_object(const struct reg *a, const struct reg *b)
{
    return a->type == b->type &&
           (a->type == REG_CONTEXT || (a->type == REG_STACK && a->frame == b->frame));
}

// address + number, number + address, address - number, address - address
static bool move_pointer(struct verifier *verifier, unsigned operation, bool is_64,
                         const struct reg *to, const struct reg *from)
{
    unsigned number = bpf_destination(&verifier->code[verifier->at]);
    bool is_add = operation == BPF_ALU_ADD;
    if (!is_64) {
        return verifier_refuse(verifier,
                               "32-bit arithmetic would cut an address in half "
                               "(\"R%u 32-bit pointer arithmetic prohibited\")",
                               number);
    }
    if (operation == BPF_ALU_SUB && is_same_object(to, from)) {
        struct reg result = reg_number(to->range);
        range_operate(&result.range, &from->range, operation, false, false);
        return verifier_write(verifier, number, result);
    }
    if ((!is_add && operation != BPF_ALU_SUB) ||
        (reg_is_pointer(to) && reg_is_pointer(from)) ||
        (!is_add && reg_is_pointer(from))) {
        return verifier_refuse(verifier,
                               "an address allows only + and - with a number, not %s "
                               "(\"R%u pointer %s pointer prohibited\")",
                               operation_words(operation), number,
                               operation_words(operation));
    }
    struct reg result = reg_is_pointer(to) ? *to : *from;
    const struct reg *distance = reg_is_pointer(to) ? from : to;
    if (!may_move(verifier, number, &result) ||
        !is_in_reach(verifier, number, &distance->range)) {
        return false;
    }
    range_operate(&result.range, &distance->range, operation, false, false);
    return is_in_reach(verifier, number, &result.range) &&
           verifier_write(verifier, number, result);
}

void verifier_link(struct verifier *verifier, unsigned source, struct reg *copy)
{
    if (copy->type == REG_NUMBER && !range_is_constant(&copy->range)) {
        struct reg *original = &state_frame(&verifier->state)->regs[source];
        if (original->id == 0) {
            original->id = ++verifier->next_id;
        }
        copy->id = original->id;
    }
}

static bool move(struct verifier *verifier, bool is_64)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned to = bpf_destination(code), source = bpf_source_register(code);
    if (bpf_source(code) != BPF_SOURCE_REGISTER) {
        uint64_t value = (uint64_t)(int64_t)bpf_immediate(code);
        return verifier_write(
            verifier, to, reg_number(range_constant(is_64 ? value : (uint32_t)value)));
    }
    struct reg reg;
    if (!verifier_read(verifier, source, &reg)) {
        return false;
    }
    if (reg_is_pointer(&reg)) {
        return (is_64 && code->offset == 0)
                   ? verifier_write(verifier, to, reg)
                   : verifier_refuse(
                         verifier,
                         "this would keep a part of the address in R%u (\"R%u partial "
                         "copy of pointer\")",
                         source, source);
    }
    if (code->offset == 0 && (is_64 || reg.range.umax <= UINT32_MAX)) {
        verifier_link(verifier, source, &reg);
        return verifier_write(verifier, to, reg);
    }
    reg.id = 0;
    if (code->offset != 0) {
        range_extend_sign(&reg.range, (unsigned)bpf_offset(code));
    }
    if (!is_64) {
        range_truncate(&reg.range);
    }
    return verifier_write(verifier, to, reg);
}

static bool one_operand(struct verifier *verifier, unsigned operation, bool is_64)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned number = bpf_destination(code);
    struct reg reg;
    if (!verifier_read_number(verifier, number, &reg)) {
        return false;
    }
    reg.id = 0;
    if (operation == BPF_ALU_END) {
        bool is_reversed = is_64 || bpf_source(code) != 0;  // this CPU is little-endian
        range_order_bytes(&reg.range, code->immediate, is_reversed);
    } else {
        struct range result = range_constant(0);
        range_operate(&result, &reg.range, BPF_ALU_SUB, !is_64, false);
        reg.range = result;
    }
    return verifier_write(verifier, number, reg);
}

static bool shift_is_good(struct verifier *verifier, unsigned operation, bool is_64)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    bool is_shift = operation == BPF_ALU_LSH || operation == BPF_ALU_RSH ||
                    operation == BPF_ALU_ARSH;
    if (!is_shift || bpf_source(code) == BPF_SOURCE_REGISTER ||
        code->immediate < (is_64 ? 64U : 32U)) {
        return true;
    }
    return verifier_refuse(verifier,
                           "a shift by %d is larger than the register "
                           "(\"invalid shift %d\")",
                           bpf_immediate(code), bpf_immediate(code));
}

static bool division_is_good(struct verifier *verifier, unsigned operation)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    bool is_division = operation == BPF_ALU_DIV || operation == BPF_ALU_MOD;
    return !is_division || bpf_source(code) == BPF_SOURCE_REGISTER ||
           code->immediate != 0 ||
           verifier_refuse(verifier,
                           "this divides by the constant 0 (\"div by zero\")");
}

bool verifier_arithmetic(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    unsigned operation = bpf_operation(code), number = bpf_destination(code);
    bool is_64 = bpf_class(code) == BPF_CLASS_ALU64, is_done;
    struct reg to, from;
    if (operation == BPF_ALU_MOV) {
        is_done = move(verifier, is_64);
    } else if (operation == BPF_ALU_NEG || operation == BPF_ALU_END) {
        is_done = one_operand(verifier, operation, is_64);
    } else {
        from = reg_number(range_constant((uint64_t)(int64_t)bpf_immediate(code)));
        if ((bpf_source(code) == BPF_SOURCE_REGISTER &&
             !verifier_read(verifier, bpf_source_register(code), &from)) ||
            !verifier_read(verifier, number, &to) ||
            !shift_is_good(verifier, operation, is_64) ||
            !division_is_good(verifier, operation)) {
            return false;
        }
        if (reg_is_pointer(&to) || reg_is_pointer(&from)) {
            is_done = move_pointer(verifier, operation, is_64, &to, &from);
        } else {
            range_operate(&to.range, &from.range, operation, !is_64, code->offset == 1);
            to.id = 0;
            is_done = verifier_write(verifier, number, to);
        }
    }
    verifier->at += is_done;
    return is_done;
}

// `lddw`: a number, a map, or an address in a data section.
bool verifier_load_immediate(struct verifier *verifier)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    const struct bpf_object *object = verifier->program->object;
    unsigned what = bpf_source_register(code);
    uint32_t low = code[0].immediate, high = code[1].immediate;
    struct reg reg = reg_number(range_constant((uint64_t)high << 32 | low));
    if (what != 0) {
        if (low >= object->map_count) {
            return verifier_refuse(verifier,
                                   "there is no map %u; the object has %u (\"fd is not "
                                   "pointing to valid bpf_map\")",
                                   low, object->map_count);
        }
        const struct bpf_map *map = object->maps[low];
        reg = reg_pointer(REG_MAP, 0);
        if (what == BPF_PSEUDO_VALUE) {
            if (map->kind != BPF_MAP_DATA || high >= map->value_size) {
                return verifier_refuse(verifier,
                                       "map %s is no data section with a byte %u "
                                       "(\"invalid access to map value\")",
                                       map->name, high);
            }
            reg = reg_pointer(REG_VALUE, map->value_size);
            reg.range = range_constant(high);
        }
        reg.map = (uint8_t)low;
    }
    if (!verifier_write(verifier, bpf_destination(code), reg)) {
        return false;
    }
    verifier->at += 2;
    return true;
}
