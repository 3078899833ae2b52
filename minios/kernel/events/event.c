// The security-event feed (see event.h): clients subscribe, and each gets every event
// that it asked for. The list is used at IRQL_HIGH only: there no interrupt can come, so
// nobody else can change the list in between.
#include "events/event.h"

#include "base/irql.h"
#include "library/text.h"
#include "tasks/process.h"
#include "tasks/thread.h"

static struct event_client *clients;
static uint64_t next_sequence = 1;

void event_subscribe(struct event_client *client, uint64_t mask)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct event_client **at = &clients;
    while (*at != NULL && *at != client) {
        at = &(*at)->next;
    }
    *at = client;  // at the end: whoever came first hears first
    client->mask |= mask;
    irql_lower(old);
}

void event_unsubscribe(struct event_client *client)
{
    enum irql old = irql_raise(IRQL_HIGH);
    for (struct event_client **at = &clients; *at != NULL; at = &(*at)->next) {
        if (*at == client) {
            *at = client->next;
            break;
        }
    }
    client->next = NULL;
    client->mask = 0;
    irql_lower(old);
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
    struct event complete = *event;
    enum irql old = irql_raise(IRQL_HIGH);
    describe_actor(&complete);
    complete.sequence = next_sequence++;
    complete.time = thread_clock();
    for (struct event_client *client = clients; client != NULL; client = client->next) {
        if (client->mask & 1UL << event->type) {
            client->deliver(client, &complete);
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
