// One eBPF instruction: its parts, by the names of RFC 9669 ("Instruction encoding").
//
//     0        8    12   16               32                                 64
//    +--------+----+----+----------------+----------------------------------+
//    | opcode |dst |src |     offset     |            immediate             |
//    +--------+----+----+----------------+----------------------------------+
//
//    opcode of arithmetic and jumps       opcode of loads and stores
//    | operation:4 | source:1 | class:3 | | mode:3 | size:2 | class:3 |
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

static inline unsigned bpf_class(const struct bpf_instruction *at)
{
    return at->opcode & 0x07;
}

static inline unsigned bpf_operation(const struct bpf_instruction *at)
{
    return at->opcode & 0xf0;
}

static inline unsigned bpf_source(const struct bpf_instruction *at)
{
    return at->opcode & 0x08;
}

static inline unsigned bpf_mode(const struct bpf_instruction *at)
{
    return at->opcode & 0xe0;
}

// How many bytes a load or a store moves.
static inline unsigned bpf_bytes(const struct bpf_instruction *at)
{
    switch (at->opcode & 0x18) {
    case BPF_SIZE_B:
        return 1;
    case BPF_SIZE_H:
        return 2;
    case BPF_SIZE_W:
        return 4;
    default:
        return 8;
    }
}

static inline unsigned bpf_destination(const struct bpf_instruction *at)
{
    return at->registers & 0x0f;
}

static inline unsigned bpf_source_register(const struct bpf_instruction *at)
{
    return at->registers >> 4;
}

static inline int bpf_offset(const struct bpf_instruction *at)
{
    return (int16_t)at->offset;
}

static inline int32_t bpf_immediate(const struct bpf_instruction *at)
{
    return (int32_t)at->immediate;
}

// `lddw` fills two places: the second has the upper half of the number.
#define BPF_LDDW (BPF_CLASS_LD | BPF_SIZE_DW | BPF_MODE_IMM)

// Whether these eight bytes are an instruction of RFC 9669, and nothing is set that it does
// not use (verifier_form.c). `next` is what stands behind them, for `lddw`; NULL at the end
// of the program. `words` has BPF_LOG_LINE bytes for the reason, or is NULL.
[[nodiscard]] bool bpf_is_instruction(const struct bpf_instruction *code,
                                      const struct bpf_instruction *next, char *words);
