// The code of the system calls in system.h, generated from the table of all calls. For
// each call this makes a small function:
//
//     sys_open:
//         movl  $9, %eax      the number of the call
//         movq  %rcx, %r10    `syscall` overwrites RCX, so argument 4 goes into R10
//         syscall             to ring 0 and back
//         ret
//
// (System V x86-64 ABI, A.2.1; Intel SDM vol. 2B, SYSCALL.) In the kernel the call
// arrives at syscall_entry, in kernel/arch/entry.S.
#include "system.h"

__asm__(".set call_number, 0");

#define DEFINE_SYSCALL(name, right) \
    __asm__(".text\n" \
            ".globl sys_" #name "\n" \
            ".type sys_" #name ", @function\n" \
            "sys_" #name ":\n" \
            "    movl $call_number, %eax\n" \
            "    movq %rcx, %r10\n" \
            "    syscall\n" \
            "    ret\n" \
            ".size sys_" #name ", . - sys_" #name "\n" \
            ".set call_number, call_number + 1\n");
SYSCALL_TABLE(DEFINE_SYSCALL)
