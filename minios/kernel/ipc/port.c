// Message ports (see port.h). Everything here is guarded by IRQL_HIGH.
//
// A "call" is a message for whose answer the sender waits. It has an id, and an entry
// in the list `calls` where the answer is put. The entry is removed when the caller has
// the answer, or has stopped waiting for it.
#include "ipc/port.h"

#include "base/irql.h"
#include "base/stop.h"
#include "events/event.h"
#include "library/text.h"
#include "memory/heap.h"
#include "tasks/process.h"
#include "tasks/thread.h"

// Places in an inbox, by who may use them. Each keeps its own: no process can keep out
// the kernel's news of deaths, and a flood of events keeps out nobody but events.
#define INBOX_OF_PROCESSES 12
#define INBOX_OF_KERNEL    4
#define INBOX_MESSAGES     (INBOX_OF_PROCESSES + INBOX_OF_KERNEL)
#define INBOX_WITH_EVENTS  (INBOX_MESSAGES + 2 * EVENT_QUEUE)  // if it subscribes

struct port {
    struct port *next;
    char name[NAME_SIZE];
    uint32_t references;  // the owner's, every sender's, and that of the event feed
    uint32_t owner_id;    // process, 0 = the kernel
    bool is_open;
    unsigned head, count, room;
    unsigned events, questions;  // of `count`: NOTIFY, and AUTH
    struct wait_queue readers;
    struct event_client *client;  // NULL until it subscribes
    struct message *inbox;
};

// Lies on the kernel stack of the calling thread. That is safe, because this thread
// waits in port_call until the entry is removed from the list.
struct call {
    struct call *next;
    uint32_t id;
    const struct port *port;  // whose owner owes the answer
    long result;              // 1 = no answer yet
    struct wait_queue caller;
    struct message answer;
};

static struct port *ports;
static struct call *calls;
static uint32_t next_call_id = 1;

static struct call *call_of(uint32_t id)
{
    struct call *call = calls;
    while (call != NULL && call->id != id) {
        call = call->next;
    }
    return call;
}

static uint32_t current_id(void)
{
    const struct process *process = process_current();
    return process == NULL ? 0 : process->id;
}

static struct port *find(const char *name)
{
    for (struct port *port = ports; port != NULL; port = port->next) {
        if (port->is_open && text_equal(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

static struct port *make(const char *name)
{
    struct port *port = heap_allocate(sizeof(*port));
    struct message *inbox = heap_allocate_uncleared(INBOX_MESSAGES * sizeof(*inbox));
    if (port == NULL || inbox == NULL) {
        heap_free(port);
        heap_free(inbox);
        return NULL;
    }
    text_copy(port->name, sizeof(port->name), name);
    port->references = 1;
    port->owner_id = current_id();
    port->is_open = true;
    port->room = INBOX_MESSAGES;
    port->inbox = inbox;
    port->next = ports;
    ports = port;
    return port;
}

// ---- Making and finding ports. Each step is asked before, and told afterwards, unless
// the port has no name: such a port nobody else can find.

static struct event event_of_name(uint32_t type, const char *name)
{
    struct event event = {.type = type};
    text_copy(event.port.name, sizeof(event.port.name), name);
    return event;
}

// Describes a port with its owner; NULL: there is none with this name.
static struct event event_of_port(uint32_t type, const char *name,
                                  const struct port *port)
{
    struct event event = event_of_name(type, name);
    enum irql old = irql_raise(IRQL_HIGH);
    const struct process *owner = port == NULL ? NULL : process_find(port->owner_id);
    if (owner != NULL) {
        event.port.owner_id = owner->id;
        text_copy(event.port.owner, sizeof(event.port.owner), owner->name);
    } else if (port != NULL && port->owner_id == 0) {
        text_copy(event.port.owner, sizeof(event.port.owner), "system");
    }
    irql_lower(old);
    return event;
}

static long ask(struct event event)
{
    return event.port.name[0] == '\0' ? 0 : event_ask(&event);
}

static void tell(struct event event)
{
    if (event.port.name[0] != '\0') {
        event_post(&event);
    }
}

long port_create(const char *name, struct port **result)
{
    if (event_is_wanted(EVENT_AUTH_BOOTSTRAP_CHECK_IN)) {
        long denied = ask(event_of_name(EVENT_AUTH_BOOTSTRAP_CHECK_IN, name));
        if (denied < 0) {
            return denied;
        }
    }
    long error = -ERROR_EXISTS;
    enum irql old = irql_raise(IRQL_HIGH);
    if (name[0] == '\0' || find(name) == NULL) {
        *result = make(name);
        error = *result == NULL ? -ERROR_NO_MEMORY : 0;
    }
    irql_lower(old);
    if (error == 0 && event_is_wanted(EVENT_NOTIFY_BOOTSTRAP_CHECK_IN)) {
        tell(event_of_port(EVENT_NOTIFY_BOOTSTRAP_CHECK_IN, name, *result));
    }
    return error;
}

// Finds a port by its name. It stays in memory until it is released.
static long look_up(const char *name, struct port **result)
{
    if (event_is_wanted(EVENT_AUTH_BOOTSTRAP_LOOK_UP)) {
        long denied = ask(event_of_name(EVENT_AUTH_BOOTSTRAP_LOOK_UP, name));
        if (denied < 0) {
            return denied;
        }
    }
    enum irql old = irql_raise(IRQL_HIGH);
    *result = name[0] == '\0' ? NULL : find(name);
    if (*result != NULL) {
        (*result)->references++;
    }
    irql_lower(old);
    if (event_is_wanted(EVENT_NOTIFY_BOOTSTRAP_LOOK_UP)) {
        tell(event_of_port(EVENT_NOTIFY_BOOTSTRAP_LOOK_UP, name, *result));
    }
    return *result == NULL ? -ERROR_NOT_FOUND : 0;
}

long port_connect(const char *name, struct port **result)
{
    long error = look_up(name, result);
    if (error < 0) {
        return error;
    }
    if (event_is_wanted(EVENT_AUTH_XPC_CONNECT)) {
        error = ask(event_of_port(EVENT_AUTH_XPC_CONNECT, name, *result));
    }
    if (error < 0) {
        port_release(*result);
    } else if (event_is_wanted(EVENT_NOTIFY_XPC_CONNECT)) {
        tell(event_of_port(EVENT_NOTIFY_XPC_CONNECT, name, *result));
    }
    return error;
}

void port_retain(struct port *port)
{
    enum irql old = irql_raise(IRQL_HIGH);
    port->references++;
    irql_lower(old);
}

void port_release(struct port *port)
{
    enum irql old = irql_raise(IRQL_HIGH);
    KERNEL_ASSERT(port->references > 0);
    if (--port->references == 0) {
        struct port **at = &ports;
        while (*at != port) {
            at = &(*at)->next;
        }
        *at = port->next;
        heap_free(port->inbox);
        heap_free(port);
    }
    irql_lower(old);
}

static void answer_call(struct call *call, long result)
{
    call->result = result;
    thread_wake_all(&call->caller);
}

void port_close(struct port *port)
{
    enum irql old = irql_raise(IRQL_HIGH);
    port->is_open = false;
    port->count = port->events = port->questions = 0;
    for (struct call *call = calls; call != NULL; call = call->next) {
        if (call->port == port && call->result == 1) {
            answer_call(call, -ERROR_CLOSED);  // the owner may have read it or not
        }
    }
    thread_wake_all(&port->readers);
    if (port->client != NULL) {
        event_unsubscribe(port->client);
    }
    irql_lower(old);
    port_release(port);
}

bool port_is_open(const struct port *port)
{
    return port->is_open;
}

// Fills the whole place, so an inbox need not be cleared when it is made.
static void put(struct port *port, const struct message *message)
{
    port->inbox[(port->head + port->count++) % port->room] = *message;
    thread_wake_one(&port->readers);
}

// Puts a message into the inbox, if its sender has a place there (0 = the kernel).
static long enqueue(struct port *port, const struct message *message, uint32_t sender,
                    uint32_t call_id)
{
    unsigned room = sender == 0 ? INBOX_MESSAGES : INBOX_OF_PROCESSES;
    if (message->size > MESSAGE_BODY_SIZE) {
        return -ERROR_BAD_ARGUMENT;
    }
    if (!port->is_open) {
        return -ERROR_CLOSED;
    }
    if (port->count - port->events - port->questions >= room) {
        return -ERROR_WOULD_BLOCK;
    }
    struct message filled = *message;
    filled.sender = sender;
    filled.call_id = call_id;
    put(port, &filled);
    return 0;
}

static long send(struct port *port, const struct message *message, uint32_t sender)
{
    enum irql old = irql_raise(IRQL_HIGH);
    long error = enqueue(port, message, sender, 0);
    irql_lower(old);
    return error;
}

long port_send(struct port *port, const struct message *message)
{
    return send(port, message, current_id());
}

long port_notify(struct port *port, const struct message *message)
{
    return send(port, message, 0);
}

static bool deliver(void *owner, const struct event *event)
{
    struct port *port = owner;
    struct message message = {.type = MESSAGE_EVENT, .size = sizeof(*event)};
    unsigned *places = event->deadline == 0 ? &port->events : &port->questions;
    if (*places == EVENT_QUEUE) {
        return false;
    }
    memcpy(message.body, event, sizeof(*event));
    (*places)++;
    put(port, &message);
    return true;
}

static void left(void *owner)
{
    struct port *port = owner;
    port->client = NULL;
    port_release(port);
}

// Gives the inbox room for events. The messages that are in it move to the beginning.
static bool make_room(struct port *port)
{
    struct message *inbox = heap_allocate_uncleared(INBOX_WITH_EVENTS * sizeof(*inbox));
    if (inbox == NULL) {
        return false;
    }
    for (unsigned i = 0; i < port->count; i++) {
        inbox[i] = port->inbox[(port->head + i) % port->room];
    }
    heap_free(port->inbox);
    port->inbox = inbox;
    port->head = 0;
    port->room = INBOX_WITH_EVENTS;
    return true;
}

static long subscribe(struct port *port, const struct event_set *wanted,
                      const struct event_link *link)
{
    if (!port->is_open) {
        return -ERROR_CLOSED;
    }
    if (port->room != INBOX_WITH_EVENTS && !make_room(port)) {
        return -ERROR_NO_MEMORY;
    }
    bool is_new = port->client == NULL;
    long error = event_subscribe(&port->client, link, wanted);
    port->references += error == 0 && is_new;  // until `left`
    return error;
}

long port_subscribe(struct port *port, const struct event_set *wanted,
                    const struct port_calls *calls)
{
    struct event_link link = {
        .owner = port,
        .process_id = port->owner_id,
        .deliver = deliver,
        .left = left,
    };
    if (calls != NULL) {
        link.hear = calls->hear;
        link.authorize = calls->authorize;
    }
    const struct process *owner = process_current();
    text_copy(link.name, sizeof(link.name), owner == NULL ? port->name : owner->name);
    enum irql old = irql_raise(IRQL_HIGH);
    long error = subscribe(port, wanted, &link);
    irql_lower(old);
    return error;
}

struct event_client *port_client(const struct port *port)
{
    return port->client;
}

// The place of an event in the inbox is free again.
static void forget_event(struct port *port, const struct message *message)
{
    if (message->type == MESSAGE_EVENT && message->sender == 0) {
        const struct event *event = (const void *)message->body;
        *(event->deadline == 0 ? &port->events : &port->questions) -= 1;
    }
}

long port_receive(struct port *port, struct message *message, uint64_t timeout)
{
    long error = 0;
    enum irql old = irql_raise(IRQL_HIGH);
    uint64_t deadline = timeout == 0 ? 0 : thread_deadline(timeout);
    while (port->count == 0 && port->is_open && error == 0) {
        if (!thread_wait(&port->readers, deadline)) {
            error = thread_current()->killed ? -ERROR_CLOSED : -ERROR_TIMED_OUT;
        }
    }
    if (port->count > 0) {
        *message = port->inbox[port->head];
        port->head = (port->head + 1) % port->room;
        port->count--;
        forget_event(port, message);
        error = 0;
    } else if (!port->is_open) {
        error = -ERROR_CLOSED;
    }
    irql_lower(old);
    return error;
}

static long wait_for_answer(struct call *call, uint64_t timeout)
{
    uint64_t deadline = thread_deadline(timeout);
    while (call->result == 1) {
        if (!thread_wait(&call->caller, deadline) && call->result == 1) {
            return thread_current()->killed ? -ERROR_CLOSED : -ERROR_TIMED_OUT;
        }
    }
    return call->result;
}

static void forget(struct call *call)
{
    struct call **at = &calls;
    while (*at != call) {
        at = &(*at)->next;
    }
    *at = call->next;
}

long port_call(struct port *port, struct message *message, uint64_t timeout)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct call call = {.next = calls, .id = next_call_id++, .port = port, .result = 1};
    calls = &call;
    long result = enqueue(port, message, current_id(), call.id);
    if (result == 0) {
        result = wait_for_answer(&call, timeout);
    }
    if (result == 0) {
        *message = call.answer;
    }
    forget(&call);
    irql_lower(old);
    return result;
}

long port_reply(uint32_t call_id, const struct message *message)
{
    if (message->size > MESSAGE_BODY_SIZE) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = 0;
    enum irql old = irql_raise(IRQL_HIGH);
    struct call *call = call_of(call_id);
    if (call == NULL || call->result != 1) {
        error = -ERROR_NOT_FOUND;  // the caller may have stopped waiting
    } else if (call->port->owner_id != current_id()) {
        error = -ERROR_NOT_PERMITTED;  // the call was sent to another process
    } else {
        call->answer = *message;
        call->answer.sender = current_id();
        call->answer.call_id = 0;
        answer_call(call, 0);
    }
    irql_lower(old);
    return error;
}
