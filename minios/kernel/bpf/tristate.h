// Tristate numbers: 64-bit numbers of which some bits are known.
//
//     value  1 0 0 0      a bit of `mask` is 1 where nobody knows the bit, and then
//     mask   0 0 1 1      the same bit of `value` is 0. This number is 8, 9, 10 or 11.
//            -------
//            1 0 x x
//
// Every operation gives a number that holds each result that its operands can give. It
// may hold more: the verifier may know too little, but nothing that is wrong.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tristate {
    uint64_t value, mask;
};

struct tristate tristate_constant(uint64_t value);
struct tristate tristate_unknown(void);
// All numbers from min to max have these bits in common.
struct tristate tristate_between(uint64_t min, uint64_t max);

struct tristate tristate_add(struct tristate a, struct tristate b);
struct tristate tristate_subtract(struct tristate a, struct tristate b);
struct tristate tristate_multiply(struct tristate a, struct tristate b);
struct tristate tristate_and(struct tristate a, struct tristate b);
struct tristate tristate_or(struct tristate a, struct tristate b);
struct tristate tristate_xor(struct tristate a, struct tristate b);
// The amounts are below 64.
struct tristate tristate_shift_left(struct tristate a, unsigned amount);
struct tristate tristate_shift_right(struct tristate a, unsigned amount);
struct tristate tristate_shift_signed(struct tristate a, unsigned amount);
// The lowest bits, with zeros above. 1 to 64 bits.
struct tristate tristate_low(struct tristate a, unsigned bits);

// What both say. False: they contradict each other, so no number is both.
[[nodiscard]] bool tristate_meet(struct tristate *a, struct tristate b);
// Whether each number that `inner` can be is one that `outer` can be.
[[nodiscard]] bool tristate_covers(struct tristate outer, struct tristate inner);
