// What the verifier knows of the result of arithmetic (see range.h).
//
// Each operation starts from "nothing is known", and fills in what is certain. Bounds that
// could wrap around stay unknown. A 32-bit operation is done as a 64-bit one on the lower
// halves; then the lower half of the result is kept.
#include "bpf/range.h"

#include "bpf/defect.h"
#include <minios/abi.h>

// The result of an operation with these bits. The bounds follow from them.
static struct range with_bits(struct tristate bits)
{
    struct range range = range_unknown();
    range.bits = bits;
    return range;
}

// No number is left only where no run comes. Then anything may be said, and "unknown" keeps
// the lower bound below the upper one.
static void settle(struct range *range)
{
    if (range_is_constant(range)) {
        *range = range_constant(range->bits.value);  // all bits are known, so all is
    } else if (!range_settle(range)) {
        *range = range_unknown();
    }
}

static void add(struct range *to, const struct range *a, const struct range *b)
{
    *to = with_bits(tristate_add(a->bits, b->bits));
    uint64_t umin, umax;
    if (!__builtin_add_overflow(a->umax, b->umax, &umax)) {
        (void)__builtin_add_overflow(a->umin, b->umin, &umin);
        to->umin = umin;
        to->umax = umax;
    }
    int64_t smin, smax;
    if (!__builtin_add_overflow(a->smin, b->smin, &smin) &&
        !__builtin_add_overflow(a->smax, b->smax, &smax)) {
        to->smin = smin;
        to->smax = smax;
    }
    uint32_t u32min, u32max;
    if (!__builtin_add_overflow(a->u32max, b->u32max, &u32max)) {
        (void)__builtin_add_overflow(a->u32min, b->u32min, &u32min);
        to->u32min = u32min;
        to->u32max = u32max;
    }
    int32_t s32min, s32max;
    if (!__builtin_add_overflow(a->s32min, b->s32min, &s32min) &&
        !__builtin_add_overflow(a->s32max, b->s32max, &s32max)) {
        to->s32min = s32min;
        to->s32max = s32max;
    }
}

static void subtract(struct range *to, const struct range *a, const struct range *b)
{
    *to = with_bits(tristate_subtract(a->bits, b->bits));
    if (a->umin >= b->umax) {
        to->umin = a->umin - b->umax;
        to->umax = a->umax - b->umin;
    }
    int64_t smin, smax;
    if (!__builtin_sub_overflow(a->smin, b->smax, &smin) &&
        !__builtin_sub_overflow(a->smax, b->smin, &smax)) {
        to->smin = smin;
        to->smax = smax;
    }
    if (a->u32min >= b->u32max) {
        to->u32min = a->u32min - b->u32max;
        to->u32max = a->u32max - b->u32min;
    }
    int32_t s32min, s32max;
    if (!__builtin_sub_overflow(a->s32min, b->s32max, &s32min) &&
        !__builtin_sub_overflow(a->s32max, b->s32min, &s32max)) {
        to->s32min = s32min;
        to->s32max = s32max;
    }
}

// The product of two signed numbers is smallest and largest at two of the four corners.
static void multiply_signed(struct range *to, const struct range *a,
                            const struct range *b)
{
    int64_t smin = INT64_MAX, smax = INT64_MIN;
    const int64_t ends_a[] = {a->smin, a->smax}, ends_b[] = {b->smin, b->smax};
    for (unsigned corner = 0; corner < 4; corner++) {
        int64_t product;
        if (__builtin_mul_overflow(ends_a[corner & 1], ends_b[corner >> 1], &product)) {
            return;
        }
        smin = product < smin ? product : smin;
        smax = product > smax ? product : smax;
    }
    to->smin = smin;
    to->smax = smax;
}

static void multiply(struct range *to, const struct range *a, const struct range *b)
{
    *to = with_bits(tristate_multiply(a->bits, b->bits));
    uint64_t umax;
    if (!__builtin_mul_overflow(a->umax, b->umax, &umax)) {
        to->umin = a->umin * b->umin;
        to->umax = umax;
    }
    multiply_signed(to, a, b);
}

static void bitwise(struct range *to, const struct range *a, const struct range *b,
                    unsigned operation)
{
    if (operation == BPF_ALU_AND) {
        *to = with_bits(tristate_and(a->bits, b->bits));
        to->umax = a->umax < b->umax ? a->umax : b->umax;
        to->u32max = a->u32max < b->u32max ? a->u32max : b->u32max;
    } else if (operation == BPF_ALU_OR) {
        *to = with_bits(tristate_or(a->bits, b->bits));
        to->umin = a->umin > b->umin ? a->umin : b->umin;
        to->u32min = a->u32min > b->u32min ? a->u32min : b->u32min;
    } else {
        *to = with_bits(tristate_xor(a->bits, b->bits));
    }
}

static void shift_left(struct range *to, const struct range *a, unsigned least,
                       unsigned most)
{
    *to = range_unknown();
    if (least == most) {
        to->bits = tristate_shift_left(a->bits, least);
    }
    if (a->umax << most >> most == a->umax) {
        to->umin = a->umin << least;
        to->umax = a->umax << most;
    }
}

static void shift_right(struct range *to, const struct range *a, unsigned least,
                        unsigned most)
{
    *to = range_unknown();
    if (least == most) {
        to->bits = tristate_shift_right(a->bits, least);
    }
    to->umin = a->umin >> most;
    to->umax = a->umax >> least;
}

// Shifting brings a number nearer to 0, or to -1.
static void shift_signed(struct range *to, const struct range *a, unsigned least,
                         unsigned most)
{
    *to = range_unknown();
    if (least == most) {
        to->bits = tristate_shift_signed(a->bits, least);
    }
    to->smin = a->smin >> (a->smin < 0 ? least : most);
    to->smax = a->smax >> (a->smax < 0 ? most : least);
}

static void shift(struct range *to, const struct range *a, const struct range *b,
                  unsigned operation, unsigned width)
{
    unsigned least = (unsigned)b->umin & (width - 1);
    unsigned most = (unsigned)b->umax & (width - 1);
    if (!range_is_constant(b) && b->umax >= width) {
        least = 0;  // the CPU uses the lowest bits of the amount, so it can be any
        most = width - 1;
    }
    if (operation == BPF_ALU_LSH) {
        shift_left(to, a, least, most);
    } else if (operation == BPF_ALU_RSH) {
        shift_right(to, a, least, most);
    } else {
        shift_signed(to, a, least, most);
    }
}

// By 0: a quotient is 0, and a remainder is the number itself (RFC 9669, 4.1). So neither
// is ever larger than the number.
static void divide(struct range *to, const struct range *a, const struct range *b,
                   bool is_remainder)
{
    *to = range_unknown();
    to->umax = a->umax;
    if (b->umin == 0) {
        return;
    }
    if (!is_remainder) {
        to->umin = a->umin / b->umax;
        to->umax = a->umax / b->umin;
    } else if (a->umax < b->umin) {
        *to = *a;
    } else if (b->umax - 1 < a->umax) {
        to->umax = b->umax - 1;
    }
}

// Only for a constant divisor above 0: otherwise nothing is known.
static void divide_signed(struct range *to, const struct range *a,
                          const struct range *b, bool is_remainder)
{
    *to = range_unknown();
    if (!range_is_constant(b) || b->smin <= 0) {
        return;
    }
    if (!is_remainder) {
        to->smin = a->smin / b->smin;
        to->smax = a->smax / b->smin;
        return;
    }
    // A remainder has the sign of the number that is divided.
    int64_t most = b->smin - 1;
    to->smin = a->smin >= 0 ? 0 : a->smin > -most ? a->smin : -most;
    to->smax = a->smax <= 0 ? 0 : a->smax < most ? a->smax : most;
}

void range_truncate(struct range *range)
{
    range->bits = tristate_low(range->bits, 32);
    range->umin = range->u32min;
    range->umax = range->u32max;
    range->smin = range->u32min;
    range->smax = range->u32max;
    settle(range);
}

void range_extend_sign(struct range *range, unsigned bits)
{
    unsigned rest = 64 - bits;
    struct range result =
        with_bits(tristate_shift_signed(tristate_shift_left(range->bits, rest), rest));
    int64_t most = INT64_MAX >> rest;
    result.smin = -most - 1;
    result.smax = most;
    if (bits == 32) {
        result.smin = range->s32min;
        result.smax = range->s32max;
    } else if (range->smin >= result.smin && range->smax <= most) {
        result = *range;
    }
    *range = result;
    settle(range);
}

void range_order_bytes(struct range *range, unsigned bits, bool is_reversed)
{
    struct tristate low = tristate_low(range->bits, bits);
    if (is_reversed) {
        low.value = __builtin_bswap64(low.value) >> (64 - bits);
        low.mask = __builtin_bswap64(low.mask) >> (64 - bits);
    }
    *range = with_bits(low);
    settle(range);
}

// Both halves are known: then so is the result, and the 64-bit rule has found it.
// DEFECT bounds32: it has not, if the upper half of a register is unknown. So the result
// is believed to be what the register was before. CVE-2021-3490 was of this kind.
static bool is_left_out(const struct range *a, const struct range *b,
                        unsigned operation)
{
    bool is_bitwise =
        operation == BPF_ALU_AND || operation == BPF_ALU_OR || operation == BPF_ALU_XOR;
    return is_bitwise && a->u32min == a->u32max && b->u32min == b->u32max &&
           bpf_defect_is(BPF_DEFECT_BOUNDS32);
}

void range_operate(struct range *to, const struct range *from, unsigned operation,
                   bool is_32, bool is_signed)
{
    struct range a = *to, b = *from;
    if (is_32) {
        range_truncate(&a);
        range_truncate(&b);
        if (is_left_out(&a, &b, operation)) {
            *to = a;
            return;
        }
        if (is_signed || operation == BPF_ALU_ARSH) {
            range_extend_sign(&a, 32);
        }
        if (is_signed) {
            range_extend_sign(&b, 32);
        }
    }
    switch (operation) {
    case BPF_ALU_ADD:
        add(to, &a, &b);
        break;
    case BPF_ALU_SUB:
        subtract(to, &a, &b);
        break;
    case BPF_ALU_MUL:
        multiply(to, &a, &b);
        break;
    case BPF_ALU_DIV:
    case BPF_ALU_MOD:
        (is_signed ? divide_signed : divide)(to, &a, &b, operation == BPF_ALU_MOD);
        break;
    case BPF_ALU_LSH:
    case BPF_ALU_RSH:
    case BPF_ALU_ARSH:
        shift(to, &a, &b, operation, is_32 ? 32 : 64);
        break;
    default:
        bitwise(to, &a, &b, operation);
        break;
    }
    settle(to);
    if (is_32) {
        range_truncate(to);
    }
}
