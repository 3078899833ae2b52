// Tracing (see trace.h). A debugger needs nothing from the CPU but one instruction of one
// byte: 0xCC, `int3`.
//
//     the debugger                              the process
//     ------------                              -----------
//     process_write: 0xCC over the first byte
//     of an instruction                  --->   ... comes there: #BP, ring 0
//     gets MESSAGE_BREAKPOINT            <---   stands still
//     process_write: the old byte
//     signal CONT                        --->   executes the instruction, and runs on
//
// The CPU saves the address behind the `int3` (Intel SDM vol. 3A, "Breakpoint Exception
// (#BP)"), so the kernel goes back by one byte. If the debugger is gone, an `int3` is again
// what it is without one: it ends the process. A process that stands still then needs a
// CONT of somebody else.
#include "processes/trace.h"

#include "base/irql.h"
#include "events/event.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/usercopy.h"
#include "processes/access.h"
#include "processes/end.h"
#include "processes/signal.h"
#include "tasks/process.h"
#include "tasks/thread.h"

#define INT3 0xcc

long trace_set(uint32_t handle, struct port *port)
{
    struct event event;
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process;
    long error = access_find(handle, TASK_CONTROL, &process);
    if (error == 0 && process->thread->is_ending) {
        error = -ERROR_NOT_FOUND;  // it may have let go of its tracer already
    }
    if (error == 0) {
        process_set_port(&process->tracer, port);
        event = event_of_process(EVENT_NOTIFY_TRACE, process);
    }
    irql_lower(old);
    if (error == 0 && port != NULL) {
        event_post(&event);
    }
    return error;
}

// The same exception comes from `int $3`, which has two bytes and is no breakpoint.
static bool is_breakpoint(const struct trapframe *frame)
{
    uint8_t byte;
    return frame->vector == VECTOR_BP &&
           copy_from_user(&byte, user_slice(frame->rip - 1, 1)) == 0 && byte == INT3;
}

static bool tell(const struct process *process, const struct trapframe *frame)
{
    const struct breakpoint found = {
        .process_id = process->id, .rip = frame->rip - 1, .rsp = frame->rsp};
    struct message message = {.type = MESSAGE_BREAKPOINT, .size = sizeof(found)};
    memcpy(message.body, &found, sizeof(found));
    return process->tracer != NULL && port_notify(process->tracer, &message) == 0;
}

bool trace_takes(struct trapframe *frame)
{
    if (!is_breakpoint(frame)) {
        return false;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    bool is_told = tell(process_current(), frame);
    thread_current()->stopped |= is_told;  // before the tracer can answer with CONT
    irql_lower(old);
    if (is_told) {
        frame->rip--;
        process_obey();
    }
    return is_told;
}
