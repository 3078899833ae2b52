// The one function through which every system call goes. entry.S calls
// syscall_dispatch.
//
// Ring 3 chooses the number and all arguments. So the number is compared with the size
// of the table before it is used as an index, and the right is checked here, in one
// place. If each call had to check its own right, one would forget it some day.
#include "syscalls/dispatch.h"

#include "arch/cpu.h"
#include "plugins/limits.h"
#include "processes/end.h"
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

static long call(const struct trapframe *frame, struct process *process)
{
    if (frame->rax >= SYSCALL_COUNT) {
        return -ERROR_NOT_IMPLEMENTED;
    }
    uint32_t missing = calls[frame->rax].right & ~process->rights;
    if (missing != 0) {
        return limits_refuse(process, missing);
    }
    return calls[frame->rax].function(frame);
}

// Called by entry.S with interrupts off, and returns with interrupts off.
void syscall_dispatch(struct trapframe *frame)
{
    struct thread *self = thread_current();  // others may run meanwhile, and then self
    cpu_interrupts_on();
    self->in_syscall = true;
    frame->rax = (uint64_t)call(frame, self->process);
    self->in_syscall = false;
    process_obey();
    if (frame->rip >= USER_TOP) {  // `sysretq` would fault in ring 0: see entry.S
        frame->vector = VECTOR_GP;
        process_fault(frame, 0);
    }
    cpu_interrupts_off();
}
