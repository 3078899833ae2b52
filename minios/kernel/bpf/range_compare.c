// What a comparison tells the verifier about both of its numbers (see range.h).
//
// All orders are led back to two: less, and less or equal. "a > b is false" is "a <= b".
#include "bpf/range.h"

#include <minios/abi.h>

// Unsigned: left < right, or left <= right.
static bool less(struct range *left, struct range *right, bool is_strict, bool is_32)
{
    uint64_t one = is_strict;
    uint64_t most = is_32 ? right->u32max : right->umax;
    uint64_t least = is_32 ? left->u32min : left->umin;
    if (most < one || least > (is_32 ? UINT32_MAX : UINT64_MAX) - one) {
        return false;  // nothing is less than 0, or more than the largest number
    }
    most -= one;
    least += one;
    if (is_32) {
        left->u32max = most < left->u32max ? (uint32_t)most : left->u32max;
        right->u32min = least > right->u32min ? (uint32_t)least : right->u32min;
    } else {
        left->umax = most < left->umax ? most : left->umax;
        right->umin = least > right->umin ? least : right->umin;
    }
    return true;
}

static bool less_signed(struct range *left, struct range *right, bool is_strict,
                        bool is_32)
{
    int64_t one = is_strict;
    int64_t most = is_32 ? right->s32max : right->smax;
    int64_t least = is_32 ? left->s32min : left->smin;
    if (most < (is_32 ? INT32_MIN : INT64_MIN) + one ||
        least > (is_32 ? INT32_MAX : INT64_MAX) - one) {
        return false;
    }
    most -= one;
    least += one;
    if (is_32) {
        left->s32max = most < left->s32max ? (int32_t)most : left->s32max;
        right->s32min = least > right->s32min ? (int32_t)least : right->s32min;
    } else {
        left->smax = most < left->smax ? most : left->smax;
        right->smin = least > right->smin ? least : right->smin;
    }
    return true;
}

// Both get what both know.
static bool equal(struct range *left, struct range *right, bool is_32)
{
    struct tristate bits = right->bits;
    if (is_32) {
        bits.value = (uint32_t)bits.value;
        bits.mask |= ~(uint64_t)UINT32_MAX;
    }
    bool agree = tristate_meet(&left->bits, bits);
    agree = less(left, right, false, is_32) && less(right, left, false, is_32) &&
            less_signed(left, right, false, is_32) &&
            less_signed(right, left, false, is_32) && agree;
    bits = left->bits;
    if (is_32) {
        bits.value = (uint32_t)bits.value;
        bits.mask |= ~(uint64_t)UINT32_MAX;
    }
    return tristate_meet(&right->bits, bits) && agree;
}

// A number that is not `value` can only lose an end of its range.
static bool exclude(struct range *range, uint64_t value, bool is_32)
{
    if (!is_32) {
        if (range->umin == range->umax && range->umin == value) {
            return false;
        }
        range->umin += range->umin == value;
        range->umax -= range->umax == value;
        if (range->smin != range->smax) {
            range->smin += range->smin == (int64_t)value;
            range->smax -= range->smax == (int64_t)value;
        }
        return true;
    }
    uint32_t low = (uint32_t)value;
    if (range->u32min == range->u32max && range->u32min == low) {
        return false;
    }
    range->u32min += range->u32min == low;
    range->u32max -= range->u32max == low;
    if (range->s32min != range->s32max) {
        range->s32min += range->s32min == (int32_t)low;
        range->s32max -= range->s32max == (int32_t)low;
    }
    return true;
}

static bool is_known(const struct range *range, bool is_32)
{
    return is_32 ? range->u32min == range->u32max : range_is_constant(range);
}

static bool different(struct range *left, struct range *right, bool is_32)
{
    struct range old = *left;
    return (!is_known(right, is_32) ||
            exclude(left, is_32 ? right->u32min : right->umin, is_32)) &&
           (!is_known(&old, is_32) ||
            exclude(right, is_32 ? old.u32min : old.umin, is_32));
}

// Whether bits of a constant are set: at least one, or none.
static bool test_bits(struct range *range, const struct range *tested, bool is_32,
                      bool is_true)
{
    uint64_t half = is_32 ? UINT32_MAX : UINT64_MAX;
    uint64_t sure = tested->bits.value & half;
    uint64_t possible = (tested->bits.value | tested->bits.mask) & half;
    if (!is_true) {
        range->bits.mask &= ~sure;
        return (range->bits.value & sure) == 0;
    }
    possible &= range->bits.value | range->bits.mask;
    if (possible != 0 && (possible & (possible - 1)) == 0) {
        range->bits.value |= possible;  // only one is left that can be it
        range->bits.mask &= ~possible;
    }
    return possible != 0;
}

static bool refine(struct range *left, struct range *right, unsigned operation,
                   bool is_32, bool is_true)
{
    switch (operation) {
    case BPF_JUMP_JEQ:
        return (is_true ? equal : different)(left, right, is_32);
    case BPF_JUMP_JNE:
        return (is_true ? different : equal)(left, right, is_32);
    case BPF_JUMP_JSET:
        return test_bits(left, right, is_32, is_true);
    case BPF_JUMP_JGT:
        return is_true ? less(right, left, true, is_32)
                       : less(left, right, false, is_32);
    case BPF_JUMP_JGE:
        return is_true ? less(right, left, false, is_32)
                       : less(left, right, true, is_32);
    case BPF_JUMP_JLT:
        return is_true ? less(left, right, true, is_32)
                       : less(right, left, false, is_32);
    case BPF_JUMP_JLE:
        return is_true ? less(left, right, false, is_32)
                       : less(right, left, true, is_32);
    case BPF_JUMP_JSGT:
        return is_true ? less_signed(right, left, true, is_32)
                       : less_signed(left, right, false, is_32);
    case BPF_JUMP_JSGE:
        return is_true ? less_signed(right, left, false, is_32)
                       : less_signed(left, right, true, is_32);
    case BPF_JUMP_JSLT:
        return is_true ? less_signed(left, right, true, is_32)
                       : less_signed(right, left, false, is_32);
    default:
        return is_true ? less_signed(left, right, false, is_32)
                       : less_signed(right, left, true, is_32);
    }
}

bool range_compare(struct range *left, struct range *right, unsigned operation,
                   bool is_32, bool is_true)
{
    bool are_constant = range_is_constant(left) && range_is_constant(right);
    if (!refine(left, right, operation, is_32, is_true) || range_is_empty(left) ||
        range_is_empty(right)) {
        return false;
    }
    return are_constant || (range_settle(left) && range_settle(right));
}
