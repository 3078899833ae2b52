// The trap frame: the registers of the interrupted code, as they lie on the kernel
// stack. The CPU pushes the last five, entry.S pushes the others. C code gets a pointer
// to the frame, and the way back out of ring 0 loads the registers from it again.
#pragma once

#define VECTOR_SYSCALL 256  // a frame made by `syscall`; the CPU's vectors end at 255

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct trapframe {
    uint64_t r15;         //   0  pushed by entry.S, this one last
    uint64_t r14;         //   8
    uint64_t r13;         //  16
    uint64_t r12;         //  24
    uint64_t r11;         //  32
    uint64_t r10;         //  40
    uint64_t r9;          //  48
    uint64_t r8;          //  56
    uint64_t rbp;         //  64
    uint64_t rdi;         //  72
    uint64_t rsi;         //  80
    uint64_t rdx;         //  88
    uint64_t rcx;         //  96
    uint64_t rbx;         // 104
    uint64_t rax;         // 112
    uint64_t vector;      // 120  which trap: 14 is a page fault; pushed by entry.S
    uint64_t error_code;  // 128  pushed by the CPU; where it has none, entry.S pushes 0
    uint64_t rip;         // 136  pushed by the CPU, from here to the end
    uint64_t cs;          // 144
    uint64_t rflags;      // 152
    uint64_t rsp;         // 160
    uint64_t ss;          // 168
};

_Static_assert(offsetof(struct trapframe, rax) == 112, "entry.S pushes 15 registers");
_Static_assert(offsetof(struct trapframe, rip) == 136, "the CPU's part begins here");
_Static_assert(sizeof(struct trapframe) == 176, "entry.S counts on it");
#endif
