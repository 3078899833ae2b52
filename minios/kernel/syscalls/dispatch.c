// The one function through which every system call goes.
#include "syscalls/dispatch.h"

#include "arch/cpu.h"
#include "tasks/process.h"
#include "tasks/thread.h"

static const struct {
    long (*function)(const struct trapframe *frame);
    uint32_t right;
} calls[SYSCALL_COUNT] = {
#define SYSCALL_ENTRY(name, right) {syscall_##name, right},
    SYSCALL_TABLE(SYSCALL_ENTRY)
#undef SYSCALL_ENTRY
};

static long call(const struct trapframe *frame)
{
    if (frame->rax >= SYSCALL_COUNT) {
        return -ERROR_NOT_IMPLEMENTED;
    }
    uint32_t right = calls[frame->rax].right;
    if ((process_current()->rights & right) != right) {
        return -ERROR_NOT_PERMITTED;
    }
    return calls[frame->rax].function(frame);
}

// Called by entry.S with interrupts off, and returns so.
void syscall_dispatch(struct trapframe *frame)
{
    cpu_interrupts_on();
    thread_current()->in_syscall = true;
    frame->rax = (uint64_t)call(frame);
    thread_current()->in_syscall = false;
    if (thread_current()->killed) {
        process_end((struct death){.cause = DEATH_KILLED});
    }
    if (frame->rip >= USER_TOP) {  // see entry.S: it must not reach sysretq
        frame->vector = VECTOR_GP;
        process_fault(frame, 0);
    }
    cpu_interrupts_off();
}
