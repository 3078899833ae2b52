// The door to ring 0: one function for every system call, sys_NAME, with the arguments
// that minios/abi/syscalls.py gives it. Each returns a number that is not negative, or
// a negated ERROR_. Wherever a name begins with sys_, the CPU changes rings.
#ifndef USER_SYSTEM_H
#define USER_SYSTEM_H

#include <minios/abi.h>

#define DECLARE_SYSCALL(name, arguments) long sys_##name arguments;
SYSCALL_ARGUMENT_TABLE(DECLARE_SYSCALL)
#undef DECLARE_SYSCALL

enum {
    CONSOLE = 1,  // the handle that every process is born with
};

#define FOR_EVER        UINT64_MAX
#define MILLISECONDS(n) ((uint64_t)(n) * 1000000)
#define SECONDS(n)      ((uint64_t)(n) * 1000000000)

#endif
