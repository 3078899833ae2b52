// The first instructions of every program. The kernel has put the argument string's
// address in RDI and aligned the stack to 16 bytes; `call` pushes 8, which is what the
// System V ABI (3.2.2) says a C function finds on entry.
#include <minios/abi.h>

    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp             // the outermost frame: a debugger stops here
    call main
    movslq %eax, %rdi           // what main returned is the exit status
    movl $SYSCALL_EXIT, %eax
    syscall
    ud2                         // exit does not return
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
