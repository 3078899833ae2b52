// The kernel's feed of security events, built for the host: clients that do something while
// they are served. What it needs of the rest of the kernel is here.
#include "base/irql.h"
#include "base/stop.h"
#include "events/event.h"
#include "tasks/process.h"
#include "tasks/thread.h"

#define CLIENTS 12
#define LOG     64

struct host_client {
    struct event_client client;
    unsigned number;
    unsigned leaves;  // whom it lets leave when it is served; 0 = nobody
    bool has_left;
};

static struct {
    struct host_client clients[CLIENTS];
    struct thread thread;
    enum irql level;
    bool was_called_above;  // a client was called at a level where it could not wait
    unsigned count;
    unsigned served[LOG];
    uint64_t sequences[LOG];
} host;

stop_function *stop_handler;

void stop_panic(const char *why)
{
    (void)why;
    __builtin_trap();
}

enum irql irql_current(void)
{
    return host.level;
}

enum irql irql_raise(enum irql level)
{
    enum irql old = host.level;
    host.level = level > old ? level : old;
    return old;
}

void irql_lower(enum irql level)
{
    host.level = level;
}

struct thread *thread_current(void)
{
    return &host.thread;
}

uint64_t thread_clock(void)
{
    return 0;
}

static struct host_client *client_of(unsigned number)
{
    return &host.clients[number - 1];
}

static void deliver(struct event_client *client, const struct event *event)
{
    struct host_client *own = (struct host_client *)client;
    host.was_called_above |= host.level != IRQL_PASSIVE || own->has_left;
    host.served[host.count] = own->number;
    host.sequences[host.count++] = event->sequence;
    if (own->leaves != 0) {
        unsigned leaves = own->leaves;
        own->leaves = 0;
        event_unsubscribe(&client_of(leaves)->client);
    }
    host.was_called_above |= own->has_left;  // not while it is served
}

static void left(struct event_client *client)
{
    ((struct host_client *)client)->has_left = true;
}

// Client `number`, counted from 1, subscribes to a type. Returns 0 or a negated ERROR_.
long host_subscribe(unsigned number, uint32_t type)
{
    struct host_client *own = client_of(number);
    struct event_set wanted;
    long error = event_set_make(&wanted, &type, 1);
    if (error == 0) {
        own->number = number;
        own->client.deliver = deliver;
        own->client.left = left;
        event_subscribe(&own->client, &wanted);
    }
    return error;
}

// When `number` is served the next time, `other` unsubscribes.
void host_let_leave(unsigned number, unsigned other)
{
    client_of(number)->leaves = other;
}

// Posts an event. Returns how many clients were served; each of them is in the log.
unsigned host_post(uint32_t type)
{
    struct event event = {.type = type};
    host.count = 0;
    event_post(&event);
    return host.count;
}

unsigned host_served(unsigned at)
{
    return host.served[at];
}

uint64_t host_sequence(unsigned at)
{
    return host.sequences[at];
}

bool host_has_left(unsigned number)
{
    return client_of(number)->has_left;
}

// Whether every client was called where it may wait, and none after it had left.
bool host_is_in_order(void)
{
    return host.level == IRQL_PASSIVE && !host.was_called_above;
}
