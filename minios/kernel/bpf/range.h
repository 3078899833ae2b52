// What the verifier knows of a number: which bits are known, and between which bounds it
// lies. The bounds are kept four times, because programs compare in four ways: unsigned
// and signed, all 64 bits and the lower 32 alone.
//
//     w1 = *(u8 *)(r6 + 0)       u 0..255, s 0..255, the upper 56 bits are 0
//     if r1 > 20 goto ...        and behind it: u 0..20, s 0..20, the upper 59 bits are 0
//
// One kind of knowledge gives others: range_settle() carries it over.
#pragma once

#include "bpf/tristate.h"

struct range {
    struct tristate bits;
    uint64_t umin, umax;
    int64_t smin, smax;
    uint32_t u32min, u32max;  // of the lower half
    int32_t s32min, s32max;
};

struct range range_constant(uint64_t value);
struct range range_unknown(void);
// What a load of this many bytes gives: 1, 2, 4 or 8.
struct range range_of_bytes(unsigned bytes);

static inline bool range_is_constant(const struct range *range)
{
    return range->bits.mask == 0;
}

// Carries over what each kind of knowledge says about the others. False: they contradict
// each other, so there is no such number, and no path that leads here.
[[nodiscard]] bool range_settle(struct range *range);

// Whether a lower bound is above an upper one.
bool range_is_empty(const struct range *range);

// Whether each number of `inner` is one of `outer`.
[[nodiscard]] bool range_covers(const struct range *outer, const struct range *inner);

// range_arithmetic.c. An operation BPF_ALU_, as the instructions execute it. Not MOV, NEG,
// END. `is_signed` is for DIV and MOD.
void range_operate(struct range *to, const struct range *from, unsigned operation,
                   bool is_32, bool is_signed);
// Only the lower half stays; the upper becomes 0.
void range_truncate(struct range *range);
// The lowest 8, 16 or 32 bits, with their sign.
void range_extend_sign(struct range *range, unsigned bits);
// BPF_ALU_END: the lowest 16, 32 or 64 bits, perhaps with the bytes in reverse order.
void range_order_bytes(struct range *range, unsigned bits, bool is_reversed);

// range_compare.c. What both numbers are where the comparison BPF_JUMP_ is true, or is not.
// False: it never is.
[[nodiscard]] bool range_compare(struct range *left, struct range *right,
                                 unsigned operation, bool is_32, bool is_true);
