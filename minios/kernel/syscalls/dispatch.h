// System calls: how a program in ring 3 asks the kernel to do something. There is one
// function for each call, with the name of its row in minios/abi/syscalls.py.
#pragma once

#include "arch/trapframe.h"
#include <minios/abi.h>

// The arguments are in RDI, RSI, RDX, R10, R8, R9; the result goes into RAX. (A C
// function uses RCX where this has R10, but `syscall` overwrites RCX.) dispatch.c has
// already checked the right that the row demands. Nobody has checked the pointers: they
// are only claims (memory/usercopy.h).
#define SYSCALL_PROTOTYPE(name, right) \
    long syscall_##name(const struct trapframe *frame);
SYSCALL_TABLE(SYSCALL_PROTOTYPE)
#undef SYSCALL_PROTOTYPE
