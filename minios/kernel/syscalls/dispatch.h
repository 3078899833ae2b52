// System calls: one function a call, named after its row in minios/abi/syscalls.py.
#ifndef SYSCALLS_DISPATCH_H
#define SYSCALLS_DISPATCH_H

#include "arch/trapframe.h"
#include <minios/abi.h>

// Arguments come in RDI, RSI, RDX, R10, R8, R9; what is returned goes into RAX. By the
// time one of these runs, the right that its row asks for has been checked; its pointers
// have not: they are claims (memory/usercopy.h).
#define SYSCALL_PROTOTYPE(name, right) \
    long syscall_##name(const struct trapframe *frame);
SYSCALL_TABLE(SYSCALL_PROTOTYPE)
#undef SYSCALL_PROTOTYPE

#endif
