// The security-event feed (see event.h): clients subscribe, and each gets every event
// that it asked for. The list is guarded by IRQL_HIGH, but no client is called there:
// one day it may want to wait.
#include "events/event.h"

#include "base/irql.h"
#include "base/stop.h"
#include "library/text.h"
#include "tasks/process.h"
#include "tasks/thread.h"

static struct event_client *clients;
static uint64_t next_sequence = 1;

static bool has(const struct event_set *set, uint32_t type)
{
    return set->words[type / 64] >> type % 64 & 1;
}

long event_set_make(struct event_set *set, const uint32_t *types, size_t count)
{
    *set = (struct event_set){0};
    for (size_t i = 0; i < count; i++) {
        if (i >= EVENT_COUNT || types[i] >= EVENT_COUNT) {
            return -ERROR_BAD_ARGUMENT;  // before a bit beyond the set is touched
        }
        set->words[types[i] / 64] |= 1UL << types[i] % 64;
    }
    return 0;
}

bool event_set_includes(const struct event_set *set, const struct event_set *some)
{
    for (unsigned i = 0; i < EVENT_SET_WORDS; i++) {
        if (some->words[i] & ~set->words[i]) {
            return false;
        }
    }
    return true;
}

// Where the list points to this client. If it is not in the list: the end of the list.
static struct event_client **place_of(const struct event_client *client)
{
    struct event_client **at = &clients;
    while (*at != NULL && *at != client) {
        at = &(*at)->next;
    }
    return at;
}

void event_subscribe(struct event_client *client, const struct event_set *wanted)
{
    enum irql old = irql_raise(IRQL_HIGH);
    *place_of(client) = client;  // at the end: whoever came first hears first
    for (unsigned i = 0; i < EVENT_SET_WORDS; i++) {
        client->wanted.words[i] |= wanted->words[i];
    }
    irql_lower(old);
}

// Takes a client off the list that wants to leave. It stays if a thread is in its
// `deliver`, because that thread goes on from this client to the next.
static void let_leave(struct event_client *client)
{
    struct event_client **at = place_of(client);
    if (client->is_leaving && client->serving == 0 && *at != NULL) {
        *at = client->next;
        client->left(client);
    }
}

void event_unsubscribe(struct event_client *client)
{
    enum irql old = irql_raise(IRQL_HIGH);
    client->wanted = (struct event_set){0};
    client->is_leaving = true;
    let_leave(client);
    irql_lower(old);
}

// A thread of the kernel itself belongs to no process; it is called "system".
static void describe(struct event_actor *actor, const struct thread *thread)
{
    const struct process *process = thread->process;
    actor->thread_id = thread->id;
    if (process == NULL) {
        text_copy(actor->name, sizeof(actor->name), "system");
        return;
    }
    actor->process_id = process->id;
    actor->parent_id = process->parent_id;
    actor->rights = process->rights;
    text_copy(actor->name, sizeof(actor->name), process->name);
    text_copy(actor->parent, sizeof(actor->parent), process->parent_name);
}

// Called at IRQL_HIGH, and returns there; the client is called at the poster's level.
// Returns the next client: `client` itself may be gone then.
static struct event_client *serve(struct event_client *client,
                                  const struct event *event, enum irql level)
{
    client->serving++;
    irql_lower(level);
    client->deliver(client, event);
    (void)irql_raise(IRQL_HIGH);
    client->serving--;
    struct event_client *next = client->next;
    let_leave(client);
    return next;
}

// The thread keeps the CPU, so no other thread posts in between: every client gets the
// events in the order of their numbers. If a client waits, later events may overtake
// this one.
void event_post(struct event *event)
{
    struct thread *thread = thread_current();
    KERNEL_ASSERT(irql_current() < IRQL_DISPATCH && thread->locks == 0);
    describe(&event->actor, thread);
    bool kept = thread->keeps_cpu;  // `deliver` of an event may post another
    thread->keeps_cpu = true;
    enum irql old = irql_raise(IRQL_HIGH);
    event->sequence = next_sequence++;
    event->time = thread_clock();
    struct event_client *client = clients;
    while (client != NULL) {
        client = has(&client->wanted, event->type) ? serve(client, event, old)
                                                   : client->next;
    }
    irql_lower(old);
    thread->keeps_cpu = kept;
}

void event_post_process(uint32_t type, const struct process *process)
{
    struct event event = {.type = type, .process = {.id = process->id}};
    text_copy(event.process.name, sizeof(event.process.name), process->name);
    event_post(&event);
}
