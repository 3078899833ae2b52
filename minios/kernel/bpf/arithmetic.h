// Arithmetic and comparisons of eBPF, as RFC 9669 has them in its section 4. They know
// nothing of programs: two numbers go in, one comes out.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// `operation` is a BPF_ALU_ value, `offset` that of the instruction: 1 makes division
// signed, 8, 16 or 32 makes a move extend the sign. The second operand of the 64-bit one
// is an immediate whose sign was extended, or a register.
uint64_t bpf_arithmetic64(unsigned operation, int offset, uint64_t left,
                          uint64_t right);
uint32_t bpf_arithmetic32(unsigned operation, int offset, uint32_t left,
                          uint32_t right);

// The lowest 16, 32 or 64 bits with their bytes in the other order.
uint64_t bpf_swap(uint64_t value, unsigned bits);

// Whether a conditional jump is taken. `operation` is a BPF_JUMP_ value. For a comparison
// of 32 bits the signs were extended: that changes no result of an unsigned one.
bool bpf_compare(unsigned operation, uint64_t left, uint64_t right);
