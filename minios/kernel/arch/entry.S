// The two doors into ring 0, and the way back.
//
// Door 1, traps: the CPU finds a gate in the IDT, switches to the stack that the TSS
// names if it comes from ring 3, pushes SS RSP RFLAGS CS RIP (and for some vectors an
// error code) and jumps to the stub of that vector. The stubs make all frames alike:
//
//     trap_stub_13: pushq $13            (the CPU has pushed an error code)
//                   jmp trap_common
//     trap_stub_3:  pushq $0             (no error code: a zero in its place)
//                   pushq $3
//                   jmp trap_common
//
// Door 2, `syscall`: pushes nothing and switches no stack. RCX = return RIP, R11 =
// RFLAGS, interrupts off by FMASK. We take the thread's kernel stack ourselves and build
// the same frame, so that the rest of the kernel need not know which door it was.
#include "arch/trapframe.h"
#include <minios/abi.h>

#define ERROR_CODE_VECTORS 0x227d00 // bits 8, 10-14, 17, 21

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
    .globl trap_common      // for stack traces
trap_common:
    push_registers
    clac                    // whoever was interrupted may have had user memory open
    cld                     // C counts on it
    movq %rsp, %rdi
    xorl %ebp, %ebp         // a stack trace ends here, at the frame
    call trap_dispatch
    .globl trap_return
trap_return:
    pop_registers
    addq $16, %rsp          // vector and error code
    iretq

    .globl syscall_entry
syscall_entry:
    // Nothing may be trusted yet but CS and the kernel's own variables. One CPU, and
    // interrupts are off: a scratch variable is safe.
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
    // `sysretq` with a non-canonical RCX faults in ring 0 on Intel's CPUs, on a stack
    // that the user chose. syscall_dispatch has refused such a RIP already.
    pop_registers
    addq $16, %rsp
    movq 0(%rsp), %rcx      // RIP
    movq 16(%rsp), %r11     // RFLAGS
    movq 24(%rsp), %rsp
    sysretq

// switch_stacks(uint64_t *saved_rsp, uint64_t next_rsp): leave one thread, go on in
// another. Only what the C calling convention says a callee keeps has to be saved.
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

// Where a new thread's first switch_stacks returns to: RBX = function, R12 = argument.
    .globl thread_trampoline
thread_trampoline:
    xorl %ebp, %ebp
    movq %rbx, %rdi
    movq %r12, %rsi
    call thread_begin
    ud2                     // thread_begin does not return

// enter_ring3(rip, rsp, argument): the first way down, by an interrupt return that no
// interrupt preceded.
    .globl enter_ring3
enter_ring3:
    cli
    pushq $SEGMENT_USER_DATA
    pushq %rsi
    pushq $0x202            // RFLAGS: interrupts on
    pushq $SEGMENT_USER_CODE
    pushq %rdi
    movq %rdx, %rdi
    xorl %eax, %eax         // leave nothing of the kernel in the registers
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

// The stubs and the table by which descriptors.c fills the IDT.
    .altmacro
    .macro trap_stub vector
    .align 8
    .type trap_stub_\vector, @function  // so that a debugger knows its name
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
