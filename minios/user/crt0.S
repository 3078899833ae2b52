// The first instructions of every program. enter_ring3 in the kernel
// (kernel/arch/entry.S) jumps to _start, with the address of the argument text in RDI
// and the stack at a multiple of 16. `call` pushes 8 bytes, and so a C function finds
// the stack as the System V ABI (3.2.2) promises it.
#include <minios/abi.h>

    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp             // a stack trace ends where the frame pointer is 0
    call main
    movslq %eax, %rdi           // what main returned is the exit status
    movl $SYSCALL_EXIT, %eax
    syscall
    ud2                         // exit does not return
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
