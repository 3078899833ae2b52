// How a process ends: it exits, it was killed, or the CPU refuses one of its
// instructions.
//
// This is where minios differs from a crash in ring 0: everything that a process has
// (memory, handles, thread) is known to the kernel, so the kernel can take it back and
// go on.
#include "processes/end.h"

#include "base/irql.h"
#include "base/stop.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "events/event.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/device.h"
#include "plugins/services.h"
#include "processes/handle.h"
#include "processes/protection.h"
#include "processes/signal.h"
#include "tasks/thread.h"

void process_discard(struct process *process)
{
    if (process->page_table != FRAME_NONE) {
        page_table_destroy(process->page_table);
    }
    heap_free(process);
}

static void report_end(const struct process *process, const struct death *death)
{
    struct record record = {
        .kind = RECORD_PROCESS_EXITED,
        .process_exited = {.process_id = process->id,
                           .status = death->status,
                           .cause = death->cause},
    };
    if (death->cause == DEATH_FAULT) {
        record = (struct record){
            .kind = RECORD_DEATH,
            .death = {.process_id = process->id,
                      .vector = death->vector,
                      .error_code = death->error_code,
                      .address = death->address,
                      .rip = death->rip},
        };
    }
    text_copy(record.name, sizeof(record.name), process->name);
    beacon_report(&record);
}

// How Linux says in one number why a process ended: the signal in the low byte, or what it
// gave to `exit` in the byte above.
static uint32_t exit_code_of(const struct death *death)
{
    static const uint8_t signals[] = {
        [VECTOR_DE] = 8,  // SIGFPE
        [VECTOR_DB] = 5,  // SIGTRAP
        [VECTOR_BP] = 5,
        [VECTOR_UD] = 4,  // SIGILL
        [VECTOR_AC] = 7,  // SIGBUS
    };
    switch (death->cause) {
    case DEATH_EXIT:
        return (uint32_t)(death->status & 0xff) << 8;
    case DEATH_FAULT:
        return death->vector < COUNT(signals) && signals[death->vector] != 0
                   ? signals[death->vector]
                   : 11;  // SIGSEGV
    default:
        return SIGNAL_KILL;
    }
}

static void tell_death_port(struct process *process, const struct death *death)
{
    if (process->death_port == NULL) {
        return;
    }
    struct message message = {.type = MESSAGE_DEATH, .size = sizeof(*death)};
    memcpy(message.body, death, sizeof(*death));
    (void)port_notify(process->death_port, &message);  // lost if the inbox is full
    port_release(process->death_port);
}

// The order matters. First report the end, while the process still has its name and id.
// Then close what it holds and tell its parent. The page tables come last: the CPU must
// use the kernel's own before those of the process are freed.
void process_end(struct death death)
{
    struct process *process = process_current();
    KERNEL_ASSERT(process != NULL);
    thread_current()->is_ending = true;
    death.process_id = process->id;
    death.lifetime = thread_clock() - process->started;
    text_copy(death.name, sizeof(death.name), process->name);
    report_end(process, &death);
    services_note_end(process->id);
    if (process->rights & RIGHT_CRITICAL) {
        stop_machine(&(struct stop){.code = STOP_CRITICAL_PROCESS_DIED,
                                    .parameters = {(uint64_t)process, 0, 0, 0},
                                    .blamed = process->name,
                                    .exit_code = exit_code_of(&death)});
    }
    struct event event = event_of_process(EVENT_NOTIFY_EXIT, process);
    event_post(&event);
    device_release(process);
    for (unsigned i = 1; i < PROCESS_HANDLES; i++) {
        (void)handle_close(&process->handles[i]);  // nobody is left to see an error
    }
    tell_death_port(process, &death);
    process_set_port(&process->signal_port, NULL);
    process_set_port(&process->tracer, NULL);

    (void)irql_raise(IRQL_HIGH);
    process_leave(process);
    thread_move(thread_current(), NULL, page_table_kernel());
    process_discard(process);
    irql_lower(IRQL_PASSIVE);
    thread_exit();
}

void process_fault(const struct trapframe *frame, uint64_t cr2)
{
    struct death death = {
        .cause = DEATH_FAULT,
        .vector = frame->vector,
        .error_code = frame->error_code,
        .address = frame->vector == VECTOR_PF ? cr2 : 0,
        .rip = frame->rip,
    };
    console_log("%s: killed in ring 3: vector %lu, error code 0x%lx, address 0x%lx, "
                "rip 0x%lx",
                process_current()->name, death.vector, death.error_code, death.address,
                death.rip);
    process_end(death);
}

void process_obey(void)
{
    const struct thread *self = thread_current();
    if (!self->stopped && !self->killed) {
        return;  // nearly always, and asked after each system call
    }
    thread_stay_stopped();
    if (self->killed) {
        process_end((struct death){.cause = self->process->killed_for});
    }
}

static long watch(struct process *process, struct port *port)
{
    struct port *before = process->death_port;
    if (before != NULL && port_is_open(before)) {
        return -ERROR_EXISTS;
    }
    port_retain(port);
    process->death_port = port;
    if (before != NULL) {
        port_release(before);
    }
    return 0;
}

// At IRQL_HIGH the process cannot end meanwhile. Once it is ending it may have told its
// old port already, and the new one would wait in vain.
long process_watch(uint32_t id, struct port *port)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process = process_find(id);
    long error = -ERROR_NOT_FOUND;
    if (process != NULL && !process->thread->is_ending) {
        error =
            protection_forbids(process) ? -ERROR_NOT_PERMITTED : watch(process, port);
    }
    irql_lower(old);
    return error;
}
