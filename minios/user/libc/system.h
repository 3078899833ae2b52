// The system calls: one function for each, sys_NAME, with the arguments of its row in
// minios/abi/syscalls.py. Each returns a number that is not negative, or a negated
// ERROR_. Wherever you see a name that begins with sys_, the CPU changes to ring 0 and
// back.
#ifndef USER_SYSTEM_H
#define USER_SYSTEM_H

#include <minios/abi.h>

#define DECLARE_SYSCALL(name, arguments) long sys_##name arguments;
SYSCALL_ARGUMENT_TABLE(DECLARE_SYSCALL)
#undef DECLARE_SYSCALL

enum {
    CONSOLE = 1,  // the one handle that every process has from the start
};

#define FOR_EVER        UINT64_MAX
#define MILLISECONDS(n) ((uint64_t)(n) * 1000000)
#define SECONDS(n)      ((uint64_t)(n) * 1000000000)

#endif
