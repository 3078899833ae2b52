// Tristate numbers (see tristate.h). The idea of the sums: take all unknown bits as 0, then
// all as 1. Where the two results differ, a carry depends on something unknown.
#include "bpf/tristate.h"

struct tristate tristate_constant(uint64_t value)
{
    return (struct tristate){value, 0};
}

struct tristate tristate_unknown(void)
{
    return (struct tristate){0, UINT64_MAX};
}

static struct tristate known_where(uint64_t value, uint64_t unknown)
{
    return (struct tristate){value & ~unknown, unknown};
}

struct tristate tristate_between(uint64_t min, uint64_t max)
{
    uint64_t different = min ^ max;
    if (different == 0) {
        return tristate_constant(min);
    }
    // Below the highest bit that differs, every pattern occurs or may occur.
    return known_where(min, UINT64_MAX >> __builtin_clzll(different));
}

struct tristate tristate_add(struct tristate a, struct tristate b)
{
    uint64_t least = a.value + b.value;
    uint64_t most = (a.value | a.mask) + (b.value | b.mask);
    return known_where(least, (least ^ most) | a.mask | b.mask);
}

struct tristate tristate_subtract(struct tristate a, struct tristate b)
{
    uint64_t least = a.value - (b.value | b.mask);
    uint64_t most = (a.value | a.mask) - b.value;
    return known_where(a.value - b.value, (least ^ most) | a.mask | b.mask);
}

struct tristate tristate_multiply(struct tristate a, struct tristate b)
{
    if (a.mask == 0 && b.mask == 0) {
        return tristate_constant(a.value * b.value);
    }
    // As on paper: one row for each bit of `a` that is, or may be, 1.
    struct tristate sum = tristate_constant(0);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct tristate row = tristate_shift_left(b, bit);
        if (a.value >> bit & 1) {
            sum = tristate_add(sum, row);
        } else if (a.mask >> bit & 1) {
            sum = tristate_add(sum, known_where(0, row.value | row.mask));
        }
    }
    return sum;
}

struct tristate tristate_and(struct tristate a, struct tristate b)
{
    uint64_t may_be_1 = (a.value | a.mask) & (b.value | b.mask);
    return known_where(a.value & b.value, may_be_1 & ~(a.value & b.value));
}

struct tristate tristate_or(struct tristate a, struct tristate b)
{
    uint64_t is_1 = a.value | b.value;
    return known_where(is_1, (a.mask | b.mask) & ~is_1);
}

struct tristate tristate_xor(struct tristate a, struct tristate b)
{
    return known_where(a.value ^ b.value, a.mask | b.mask);
}

struct tristate tristate_shift_left(struct tristate a, unsigned amount)
{
    return (struct tristate){a.value << amount, a.mask << amount};
}

struct tristate tristate_shift_right(struct tristate a, unsigned amount)
{
    return (struct tristate){a.value >> amount, a.mask >> amount};
}

struct tristate tristate_shift_signed(struct tristate a, unsigned amount)
{
    // If the sign is unknown, then so are its copies.
    return (struct tristate){(uint64_t)((int64_t)a.value >> amount),
                             (uint64_t)((int64_t)a.mask >> amount)};
}

struct tristate tristate_low(struct tristate a, unsigned bits)
{
    uint64_t all = UINT64_MAX >> (64 - bits);
    return (struct tristate){a.value & all, a.mask & all};
}

bool tristate_meet(struct tristate *a, struct tristate b)
{
    bool agree = ((a->value ^ b.value) & ~a->mask & ~b.mask) == 0;
    *a = known_where(a->value | b.value, a->mask & b.mask);
    return agree;
}

bool tristate_covers(struct tristate outer, struct tristate inner)
{
    return (inner.mask & ~outer.mask) == 0 &&
           outer.value == (inner.value & ~outer.mask);
}
