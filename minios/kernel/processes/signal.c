// Signals (see signal.h). The names and numbers are those of POSIX, but no code of the
// process is interrupted: who wants to hear of TERM and USR1 names a port, and gets a
// message. So a signal arrives where the program waits anyway, and there are no handlers
// that run in the middle of other code.
//
//     KILL   ends the process
//     TERM   a message to its signal port, so that it can tidy up; without one, it ends
//     USR1   the same: what it means is for the program to decide
//     STOP   its thread stays in ring 0 when it would return to ring 3
//     CONT   and goes on
#include "processes/signal.h"

#include "base/irql.h"
#include "events/event.h"
#include "ipc/port.h"
#include "library/text.h"
#include "processes/protection.h"
#include "tasks/process.h"
#include "tasks/thread.h"

static bool is_signal(uint32_t number)
{
    return number == SIGNAL_KILL || number == SIGNAL_TERM || number == SIGNAL_USR1 ||
           number == SIGNAL_STOP || number == SIGNAL_CONT;
}

static bool is_pause(uint32_t number)
{
    return number == SIGNAL_STOP || number == SIGNAL_CONT;
}

// The process, if the current one may send signals to it. At IRQL_HIGH.
static long find(uint32_t id, struct process **process)
{
    *process = process_find(id);
    if (*process == NULL) {
        return -ERROR_NOT_FOUND;
    }
    return protection_forbids(*process) ? -ERROR_NOT_PERMITTED : 0;
}

static long describe(uint32_t id, uint32_t number, struct event *event)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process;
    long error = find(id, &process);
    if (error == 0) {
        *event = (struct event){
            .signal = {.number = number, .id = id, .rights = process->rights}};
        text_copy(event->signal.name, sizeof(event->signal.name), process->name);
        text_copy(event->signal.path, sizeof(event->signal.path), process->path);
    }
    irql_lower(old);
    return error;
}

static long ask(struct event *event)
{
    event->type = EVENT_AUTH_SIGNAL;
    long error = event_ask(event);
    if (error == 0 && is_pause(event->signal.number)) {
        event->type = EVENT_AUTH_PROC_SUSPEND_RESUME;
        error = event_ask(event);
    }
    return error;
}

static void tell(struct event *event)
{
    event->type = EVENT_NOTIFY_SIGNAL;
    event_post(event);
    if (is_pause(event->signal.number)) {
        event->type = EVENT_NOTIFY_PROC_SUSPEND_RESUME;
        event_post(event);
    }
}

// As a message if the process wants that. -ERROR_CLOSED: it does not, or not any more.
static long send(const struct process *process, uint32_t number)
{
    const struct signal signal = {.number = number, .sender = process_current()->id};
    struct message message = {.type = MESSAGE_SIGNAL, .size = sizeof(signal)};
    memcpy(message.body, &signal, sizeof(signal));
    return process->signal_port == NULL ? -ERROR_CLOSED
                                        : port_notify(process->signal_port, &message);
}

static long act(struct process *process, uint32_t number)
{
    if (is_pause(number)) {
        thread_stop(process->thread, number == SIGNAL_STOP);
        return 0;
    }
    long error = number == SIGNAL_KILL ? -ERROR_CLOSED : send(process, number);
    if (error == -ERROR_CLOSED) {
        process_kill_for(process, DEATH_KILLED);
        return 0;
    }
    return error;
}

// While the clients were asked, the process may have ended or become protected. So it is
// looked for again. No id is given out twice: it is the same process.
static long deliver(uint32_t id, uint32_t number)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process;
    long error = find(id, &process);
    if (error == 0) {
        error = act(process, number);
    }
    irql_lower(old);
    return error;
}

long process_signal(uint32_t id, uint32_t number)
{
    struct event event;
    if (!is_signal(number)) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = describe(id, number, &event);
    if (error == 0) {
        error = ask(&event);
    }
    if (error == 0) {
        error = deliver(id, number);
    }
    if (error == 0) {
        tell(&event);
    }
    return error;
}

void process_set_port(struct port **member, struct port *port)
{
    enum irql old = irql_raise(IRQL_HIGH);
    if (port != NULL) {
        port_retain(port);
    }
    if (*member != NULL) {
        port_release(*member);
    }
    *member = port;
    irql_lower(old);
}
