// What the verifier knows of a number (see range.h): how bits and bounds agree.
#include "bpf/range.h"

#include <stddef.h>

#define SIGN   (1UL << 63)
#define SIGN32 (1U << 31)

static void raise_u(uint64_t *min, uint64_t value)
{
    *min = value > *min ? value : *min;
}

static void lower_u(uint64_t *max, uint64_t value)
{
    *max = value < *max ? value : *max;
}

static void raise_s(int64_t *min, int64_t value)
{
    *min = value > *min ? value : *min;
}

static void lower_s(int64_t *max, int64_t value)
{
    *max = value < *max ? value : *max;
}

static void meet_u32(struct range *range, uint32_t min, uint32_t max)
{
    range->u32min = min > range->u32min ? min : range->u32min;
    range->u32max = max < range->u32max ? max : range->u32max;
}

static void meet_s32(struct range *range, int32_t min, int32_t max)
{
    range->s32min = min > range->s32min ? min : range->s32min;
    range->s32max = max < range->s32max ? max : range->s32max;
}

struct range range_unknown(void)
{
    return (struct range){tristate_unknown(), 0,         UINT64_MAX,
                          INT64_MIN,          INT64_MAX, 0,
                          UINT32_MAX,         INT32_MIN, INT32_MAX};
}

struct range range_constant(uint64_t value)
{
    uint32_t low = (uint32_t)value;
    return (struct range){tristate_constant(value),
                          value,
                          value,
                          (int64_t)value,
                          (int64_t)value,
                          low,
                          low,
                          (int32_t)low,
                          (int32_t)low};
}

struct range range_of_bytes(unsigned bytes)
{
    struct range range = range_unknown();
    range.bits = tristate_low(range.bits, 8 * bytes);
    (void)range_settle(&range);  // one number cannot contradict itself
    return range;
}

// From the bits to the bounds. The smallest signed number has the sign, if it may, and
// otherwise as few ones as possible.
static void bounds_from_bits(struct range *range)
{
    uint64_t value = range->bits.value, mask = range->bits.mask;
    raise_u(&range->umin, value);
    lower_u(&range->umax, value | mask);
    raise_s(&range->smin, (int64_t)(value | (mask & SIGN)));
    lower_s(&range->smax, (int64_t)(value | (mask & ~SIGN)));
    uint32_t low = (uint32_t)value, unknown = (uint32_t)mask;
    meet_u32(range, low, low | unknown);
    meet_s32(range, (int32_t)(low | (unknown & SIGN32)),
             (int32_t)(low | (unknown & ~SIGN32)));
}

// Between unsigned and signed. If both ends have the same sign, so has all between them,
// and then both orders are the same.
static void bounds_across_signs(struct range *range)
{
    if ((int64_t)range->umin <= (int64_t)range->umax) {
        raise_s(&range->smin, (int64_t)range->umin);
        lower_s(&range->smax, (int64_t)range->umax);
    }
    if ((uint64_t)range->smin <= (uint64_t)range->smax) {
        raise_u(&range->umin, (uint64_t)range->smin);
        lower_u(&range->umax, (uint64_t)range->smax);
    }
    if ((int32_t)range->u32min <= (int32_t)range->u32max) {
        meet_s32(range, (int32_t)range->u32min, (int32_t)range->u32max);
    }
    if ((uint32_t)range->s32min <= (uint32_t)range->s32max) {
        meet_u32(range, (uint32_t)range->s32min, (uint32_t)range->s32max);
    }
}

// Between all 64 bits and the lower half. If the upper half is the same at both ends, the
// lower half goes from the one end to the other.
static void bounds_across_widths(struct range *range)
{
    uint64_t upper = range->umin & ~(uint64_t)UINT32_MAX;
    if (upper == (range->umax & ~(uint64_t)UINT32_MAX)) {
        meet_u32(range, (uint32_t)range->umin, (uint32_t)range->umax);
        raise_u(&range->umin, upper | range->u32min);
        lower_u(&range->umax, upper | range->u32max);
    }
    int64_t half = range->smin >> 32;
    if (half == range->smax >> 32) {
        meet_u32(range, (uint32_t)range->smin, (uint32_t)range->smax);
        raise_s(&range->smin, (int64_t)((uint64_t)half << 32 | range->u32min));
        lower_s(&range->smax, (int64_t)((uint64_t)half << 32 | range->u32max));
    }
    if (range->smin >= INT32_MIN && range->smax <= INT32_MAX) {
        meet_s32(range, (int32_t)range->smin, (int32_t)range->smax);
        raise_s(&range->smin, range->s32min);
        lower_s(&range->smax, range->s32max);
    }
}

bool range_is_empty(const struct range *range)
{
    return range->umin > range->umax || range->smin > range->smax ||
           range->u32min > range->u32max || range->s32min > range->s32max;
}

static bool bits_from_bounds(struct range *range)
{
    struct tristate low = tristate_between(range->u32min, range->u32max);
    low.mask |= ~(uint64_t)UINT32_MAX;  // nothing is said about the upper half
    bool agree = tristate_meet(&range->bits, low);
    return tristate_meet(&range->bits, tristate_between(range->umin, range->umax)) &&
           agree;
}

bool range_settle(struct range *range)
{
    // Twice: what the first pass finds can tell the second more. What a third would find
    // is not needed for any rule.
    for (unsigned pass = 0; pass < 2; pass++) {
        bounds_from_bits(range);
        bounds_across_signs(range);
        bounds_across_widths(range);
        bounds_across_signs(range);
        if (range_is_empty(range) || !bits_from_bounds(range)) {
            return false;
        }
    }
    bounds_from_bits(range);
    return !range_is_empty(range);
}

bool range_covers(const struct range *outer, const struct range *inner)
{
    return outer->umin <= inner->umin && outer->umax >= inner->umax &&
           outer->smin <= inner->smin && outer->smax >= inner->smax &&
           outer->u32min <= inner->u32min && outer->u32max >= inner->u32max &&
           outer->s32min <= inner->s32min && outer->s32max >= inner->s32max &&
           tristate_covers(outer->bits, inner->bits);
}
