// The security-event feed (see event.h): telling, and asking.
#include "events/event.h"

#include "base/irql.h"
#include "base/stop.h"
#include "devices/beacon.h"
#include "events/verdict.h"
#include "library/text.h"
#include "tasks/process.h"
#include "tasks/thread.h"

static uint64_t next_sequence = 1;

// A thread of the kernel itself belongs to no process; it is called "system".
static void describe_actor(struct event_actor *actor, const struct thread *thread)
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

// Whether somebody wants the event. The rule for the caller (event.h) is checked even if
// nobody does: otherwise a mistake would show only on machines with a sensor.
static bool is_wanted(const struct event *event)
{
    KERNEL_ASSERT(irql_current() < IRQL_DISPATCH && thread_current()->locks == 0);
    return event_is_wanted(event->type);
}

// Called at IRQL_HIGH, and the clients get the event before anybody else can post one: so
// each of them gets the events in the order of their numbers.
static void complete(struct event *event)
{
    describe_actor(&event->actor, thread_current());
    event->sequence = next_sequence++;
    event->time = thread_clock();
}

// Calling code of ring 0, a driver or an eBPF program, between these two. They are called
// at IRQL_HIGH, the code itself at the level of threads. Meanwhile the client stays in the
// list, so that the caller can go on from it to the next.
static void begin_call(struct event_client *client, struct event *event)
{
    event->message_id = (uint64_t)client->id << 32 | ++client->messages;
    client->calls++;
    irql_lower(IRQL_PASSIVE);
}

static void end_call(struct event_client *client)
{
    (void)irql_raise(IRQL_HIGH);
    client->calls--;
}

static void tell(struct event_client *client, struct event *event)
{
    if (client->link.hear == NULL) {
        (void)event_send(client, event);  // if there is no room, this is counted there
        return;
    }
    begin_call(client, event);
    client->link.hear(client->link.owner, event);
    end_call(client);
}

void event_post(struct event *event)
{
    if (!is_wanted(event)) {
        return;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    complete(event);
    for (struct event_client *at = event_clients; at != NULL;) {
        if (event_concerns(at, event)) {
            tell(at, event);
        }
        struct event_client *next = at->next;
        event_let_leave(at);
        at = next;
    }
    irql_lower(old);
}

// Asks code of ring 0. It has no deadline: the kernel cannot end a part of itself.
static uint32_t ask_ring0(struct event_client *client, struct event *event)
{
    begin_call(client, event);
    uint32_t verdict = client->link.authorize(client->link.owner, event);
    end_call(client);
    if (verdict & EVENT_VERDICT_KEEP) {
        event_keep_verdict(client, event, verdict & ~EVENT_VERDICT_KEEP);
    }
    return verdict;
}

// Asks one client. A client in ring 3 answers later: see verdict.c.
static void ask(struct event_client *client, struct event *event,
                struct question *question)
{
    uint32_t verdict = event_kept_verdict(client, event);
    if (verdict == EVENT_VERDICT_NONE && client->link.authorize == NULL) {
        verdict_request(client, event, question);
    } else if (verdict == EVENT_VERDICT_NONE) {
        verdict = ask_ring0(client, event);
    }
    if ((verdict & ~EVENT_VERDICT_KEEP) == EVENT_VERDICT_DENY) {
        client->denied++;
        verdict_deny(question, client);
    }
}

static void report_denied(const struct event *event, const struct question *question)
{
    struct record record = {
        .kind = RECORD_DENIED,
        .process_id = event->actor.process_id,
        .denied = {.operation = event->type},
    };
    const char *target = event_target(event);
    text_copy(record.name, sizeof(record.name), question->denied_by);
    text_copy(record.text, sizeof(record.text), target == NULL ? "" : target);
    beacon_report(&record);
}

long event_ask(struct event *event)
{
    if (!is_wanted(event)) {
        return 0;
    }
    struct question question = {0};
    enum irql old = irql_raise(IRQL_HIGH);
    complete(event);
    struct event_client *client = event_clients;
    while (client != NULL) {
        if (event_concerns(client, event)) {
            ask(client, event, &question);
        }
        struct event_client *next = client->next;
        event_let_leave(client);
        client = next;
    }
    bool is_over = verdicts_wait(&question);
    irql_lower(old);
    if (!is_over) {
        return -ERROR_CLOSED;
    }
    if (question.is_denied) {
        report_denied(event, &question);
    }
    return question.is_denied ? -ERROR_DENIED : 0;
}

void event_unsubscribe(struct event_client *client)
{
    enum irql old = irql_raise(IRQL_HIGH);
    verdicts_of_client_end(client);
    event_begin_to_leave(client);
    irql_lower(old);
}

struct event event_of_process(uint32_t type, const struct process *process)
{
    struct event event = {
        .type = type,
        .process = {.id = process->id, .rights = process->rights},
    };
    text_copy(event.process.name, sizeof(event.process.name), process->name);
    text_copy(event.process.path, sizeof(event.process.path), process->path);
    return event;
}
