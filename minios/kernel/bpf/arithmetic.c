// Arithmetic and comparisons of eBPF (see arithmetic.h).
//
// What a CPU or C leaves open, the RFC settles:
//
//   overflow                the result wraps
//   division by 0           gives 0
//   remainder by 0          leaves the first operand
//   smallest number / -1    wraps to itself, and its remainder is 0; the instruction idiv
//                           of the CPU would fault
//   shift by 64 or more     only the lowest 6 bits count, in 32-bit arithmetic 5
#include "bpf/arithmetic.h"

#include <minios/abi.h>

enum { SIGNED = 1 };  // the offset of a signed division

static int64_t divide_signed64(int64_t left, int64_t right)
{
    if (right == 0) {
        return 0;
    }
    return right == -1 ? (int64_t)(0 - (uint64_t)left) : left / right;
}

static int64_t remainder_signed64(int64_t left, int64_t right)
{
    if (right == 0) {
        return left;
    }
    return right == -1 ? 0 : left % right;
}

static int32_t divide_signed32(int32_t left, int32_t right)
{
    if (right == 0) {
        return 0;
    }
    return right == -1 ? (int32_t)(0 - (uint32_t)left) : left / right;
}

static int32_t remainder_signed32(int32_t left, int32_t right)
{
    if (right == 0) {
        return left;
    }
    return right == -1 ? 0 : left % right;
}

// The lowest bits as a signed number. 0: all of them.
static int64_t extend(uint64_t value, int bits)
{
    switch (bits) {
    case 8:
        return (int8_t)value;
    case 16:
        return (int16_t)value;
    case 32:
        return (int32_t)value;
    default:
        return (int64_t)value;
    }
}

uint64_t bpf_arithmetic64(unsigned operation, int offset, uint64_t left, uint64_t right)
{
    switch (operation) {
    case BPF_ALU_ADD:
        return left + right;
    case BPF_ALU_SUB:
        return left - right;
    case BPF_ALU_MUL:
        return left * right;
    case BPF_ALU_DIV:
        if (offset == SIGNED) {
            return (uint64_t)divide_signed64((int64_t)left, (int64_t)right);
        }
        return right == 0 ? 0 : left / right;
    case BPF_ALU_MOD:
        if (offset == SIGNED) {
            return (uint64_t)remainder_signed64((int64_t)left, (int64_t)right);
        }
        return right == 0 ? left : left % right;
    case BPF_ALU_OR:
        return left | right;
    case BPF_ALU_AND:
        return left & right;
    case BPF_ALU_XOR:
        return left ^ right;
    case BPF_ALU_LSH:
        return left << (right & 63);
    case BPF_ALU_RSH:
        return left >> (right & 63);
    case BPF_ALU_ARSH:
        return (uint64_t)((int64_t)left >> (right & 63));
    case BPF_ALU_NEG:
        return 0 - left;
    case BPF_ALU_MOV:
        return (uint64_t)extend(right, offset);
    default:
        return left;  // no such operation: the caller has not asked for it
    }
}

uint32_t bpf_arithmetic32(unsigned operation, int offset, uint32_t left, uint32_t right)
{
    switch (operation) {
    case BPF_ALU_DIV:
        if (offset == SIGNED) {
            return (uint32_t)divide_signed32((int32_t)left, (int32_t)right);
        }
        return right == 0 ? 0 : left / right;
    case BPF_ALU_MOD:
        if (offset == SIGNED) {
            return (uint32_t)remainder_signed32((int32_t)left, (int32_t)right);
        }
        return right == 0 ? left : left % right;
    case BPF_ALU_LSH:
        return left << (right & 31);
    case BPF_ALU_RSH:
        return left >> (right & 31);
    case BPF_ALU_ARSH:
        return (uint32_t)((int32_t)left >> (right & 31));
    default:
        // The lower half of these results needs only the lower halves of the operands.
        return (uint32_t)bpf_arithmetic64(operation, offset, left, right);
    }
}

uint64_t bpf_swap(uint64_t value, unsigned bits)
{
    switch (bits) {
    case 16:
        return __builtin_bswap16((uint16_t)value);
    case 32:
        return __builtin_bswap32((uint32_t)value);
    default:
        return __builtin_bswap64(value);
    }
}

bool bpf_compare(unsigned operation, uint64_t left, uint64_t right)
{
    int64_t signed_left = (int64_t)left;
    int64_t signed_right = (int64_t)right;
    switch (operation) {
    case BPF_JUMP_JEQ:
        return left == right;
    case BPF_JUMP_JNE:
        return left != right;
    case BPF_JUMP_JSET:
        return (left & right) != 0;
    case BPF_JUMP_JGT:
        return left > right;
    case BPF_JUMP_JGE:
        return left >= right;
    case BPF_JUMP_JLT:
        return left < right;
    case BPF_JUMP_JLE:
        return left <= right;
    case BPF_JUMP_JSGT:
        return signed_left > signed_right;
    case BPF_JUMP_JSGE:
        return signed_left >= signed_right;
    case BPF_JUMP_JSLT:
        return signed_left < signed_right;
    case BPF_JUMP_JSLE:
        return signed_left <= signed_right;
    default:
        return false;
    }
}
