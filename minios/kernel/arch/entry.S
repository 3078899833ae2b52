// The two entries into ring 0, and the way back to ring 3.
//
// Entry 1, traps: interrupts, exceptions and `int n`. The CPU looks up the vector (the
// number of the trap) in the IDT. If the trap comes from ring 3, the CPU switches to
// the stack that the TSS names. It pushes SS RSP RFLAGS CS RIP, and for some vectors an
// error code. Then it jumps to a few instructions here, the "stub" of that vector. The
// stubs make all frames alike:
//
//     trap_stub_13: pushq $13            (the CPU has pushed an error code)
//                   jmp trap_common
//     trap_stub_3:  pushq $0             (no error code: a zero in its place)
//                   pushq $3
//                   jmp trap_common
//
// Entry 2, `syscall`: the CPU pushes nothing and does not switch stacks. It only puts
// RIP into RCX and RFLAGS into R11, and clears the flags in FMASK, so that interrupts
// are off. We switch to the thread's kernel stack ourselves and build the same frame.
// So the rest of the kernel does not need to know which entry was used.
//
// Why so careful: at both entries ring 3 has chosen almost every register. The kernel
// must not use one of them as an address before it has replaced it.
#include "arch/trapframe.h"
#include <minios/abi.h>

// The vectors for which the CPU pushes an error code: 8, 10 to 14, 17, 21 (Intel SDM
// vol. 3A, "Protected-Mode Exceptions and Interrupts").
#define ERROR_CODE_VECTORS 0x227d00

    .macro push_registers
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .endm

    .macro pop_registers
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rbp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    .endm

    .text
    .align 16
    .globl trap_common      // so that stack traces can name it
trap_common:
    push_registers
    clac                    // SMAP on: ring 3, or usercopy.c, may have set AC
    cld                     // compiled C expects string instructions to run upwards
    movq %rsp, %rdi         // the argument: a pointer to the frame
    xorl %ebp, %ebp         // a stack trace ends here
    call trap_dispatch
    .globl trap_return
trap_return:
    pop_registers
    addq $16, %rsp          // vector and error code
    iretq
// [syscall_entry]
    .globl syscall_entry
syscall_entry:
    // Ring 3 has chosen every register but CS, SS and RIP. So the first step is to
    // leave its stack. A plain variable can hold the old RSP: there is one CPU, and
    // interrupts are off, so nobody else can write to the variable in between.
    movq %rsp, syscall_user_rsp(%rip)
    movq thread_kernel_stack(%rip), %rsp
    pushq $SEGMENT_USER_DATA
    pushq syscall_user_rsp(%rip)
    pushq %r11              // RFLAGS
    pushq $SEGMENT_USER_CODE
    pushq %rcx              // RIP
    pushq $0
    pushq $VECTOR_SYSCALL
    push_registers
    movq %rsp, %rdi
    xorl %ebp, %ebp
    call syscall_dispatch   // returns with interrupts off
    // If RCX is not a canonical address, `sysretq` raises #GP while still in ring 0 (on
    // Intel's CPUs). RSP is the program's by then, so the handler would run on a stack
    // that the program chose. syscall_dispatch has therefore refused such a RIP
    // already.
    pop_registers
    addq $16, %rsp
    movq 0(%rsp), %rcx      // RIP
    movq 16(%rsp), %r11     // RFLAGS
    movq 24(%rsp), %rsp
    sysretq
// [/syscall_entry]
// switch_stacks(uint64_t *saved_rsp, uint64_t next_rsp): stops one thread and continues
// another. It saves only the registers that a function must preserve by the C calling
// convention. The caller, tasks/thread.c, does not expect the others to survive a call.
    .globl switch_stacks
switch_stacks:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

// A new thread begins here: thread_create builds a stack from which switch_stacks
// "returns" to this place, with RBX = the thread's function and R12 = its argument.
    .globl thread_trampoline
thread_trampoline:
    xorl %ebp, %ebp
    movq %rbx, %rdi
    movq %r12, %rsi
    call thread_begin
    ud2                     // thread_begin does not return

// enter_ring3(rip, rsp, argument): starts a program. Only a return can lower the
// privilege of the CPU. So we build the frame of an interrupt that never happened, and
// return from it with `iretq`.
    .globl enter_ring3
enter_ring3:
    cli
    pushq $SEGMENT_USER_DATA
    pushq %rsi
    pushq $0x202            // RFLAGS: interrupts on
    pushq $SEGMENT_USER_CODE
    pushq %rdi
    movq %rdx, %rdi
    xorl %eax, %eax         // no value of the kernel may leak into ring 3
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %ebp, %ebp
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    xorl %r11d, %r11d
    xorl %r12d, %r12d
    xorl %r13d, %r13d
    xorl %r14d, %r14d
    xorl %r15d, %r15d
    iretq

// The 256 stubs, and a table of their addresses. descriptors.c fills the IDT from it.
    .altmacro
    .macro trap_stub vector
    .align 8
    .type trap_stub_\vector, @function  // so that a debugger can name it
trap_stub_\vector:
    .if (\vector > 31) || !((ERROR_CODE_VECTORS >> \vector) & 1)
    pushq $0
    .endif
    pushq $\vector
    jmp trap_common
    .endm

    .macro trap_stub_address vector
    .quad trap_stub_\vector
    .endm

    .set number, 0
    .rept 256
    trap_stub %number
    .set number, number + 1
    .endr

    .section .rodata
    .align 8
    .globl trap_stubs
trap_stubs:
    .set number, 0
    .rept 256
    trap_stub_address %number
    .set number, number + 1
    .endr

    .bss
    .align 8
syscall_user_rsp: .skip 8
