// The security-event feed (see event.h): ports subscribe, and each gets every event that
// it asked for. The table is used at IRQL_HIGH only: there no interrupt can come, so
// nobody else can change the table in between.
#include "ipc/event.h"

#include "ipc/port.h"
#include "library/text.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/irql.h"

#define SUBSCRIPTIONS 8

static struct {
    struct port *port;  // NULL = free
    uint64_t mask;
} subscriptions[SUBSCRIPTIONS];
static uint64_t next_sequence = 1;

long event_subscribe(struct port *port, uint64_t mask)
{
    long error = -ERROR_NO_MEMORY;
    enum irql old = irql_raise(IRQL_HIGH);
    // Take the first free entry. If there is none, the error stays.
    for (unsigned i = 0; i < SUBSCRIPTIONS && error != 0; i++) {
        if (subscriptions[i].port == NULL) {
            port_retain(port);
            subscriptions[i].port = port;
            subscriptions[i].mask = mask;
            error = 0;
        }
    }
    irql_lower(old);
    return error;
}

// The caller, port_close, has raised the IRQL already.
void event_forget(const struct port *port)
{
    for (unsigned i = 0; i < SUBSCRIPTIONS; i++) {
        if (subscriptions[i].port == port) {
            port_release(subscriptions[i].port);
            subscriptions[i].port = NULL;
        }
    }
}

// Adds who caused the event: the current thread and its process. A thread of the kernel
// itself belongs to no process; it is called "system".
static void describe_actor(struct event *event)
{
    const struct process *process = process_current();
    event->thread_id = thread_current()->id;
    if (process == NULL) {
        text_copy(event->process, sizeof(event->process), "system");
        return;
    }
    event->process_id = process->id;
    event->parent_id = process->parent_id;
    event->rights = process->rights;
    text_copy(event->process, sizeof(event->process), process->name);
    text_copy(event->parent, sizeof(event->parent), process->parent_name);
}

void event_post(const struct event *event)
{
    struct message message = {.type = MESSAGE_EVENT, .size = sizeof(*event)};
    struct event complete = *event;
    enum irql old = irql_raise(IRQL_HIGH);
    describe_actor(&complete);
    complete.sequence = next_sequence++;
    complete.time = thread_clock();
    memcpy(message.body, &complete, sizeof(complete));
    for (unsigned i = 0; i < SUBSCRIPTIONS; i++) {
        struct port *port = subscriptions[i].port;
        // Bit N of the mask says that the port wants events of type N.
        if (port != NULL && (subscriptions[i].mask & (1UL << event->type)) != 0) {
            (void)port_notify(port, &message);  // a port with a full inbox misses it
        }
    }
    irql_lower(old);
}

void event_post_process(uint32_t type, const struct process *process)
{
    // The object of the event is this process. Its id travels in server_id, the field
    // that holds the owner of a pipe in events about pipes.
    struct event event = {.type = type, .server_id = process->id};
    text_copy(event.object, sizeof(event.object), process->name);
    event_post(&event);
}
