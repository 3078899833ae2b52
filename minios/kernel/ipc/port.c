// Message ports. Everything is guarded by IRQL_HIGH.
//
// A call is a message with an id, and an entry in `calls` where its answer is put. An
// entry is free again when the caller has seen the answer, or has stopped waiting for it.
#include "ipc/port.h"

#include "library/text.h"
#include "memory/heap.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/bugcheck.h"
#include "traps/irql.h"

#define INBOX_MESSAGES 16
#define CALLS          8

struct port {
    struct port *next;
    char name[NAME_SIZE];
    uint32_t references;  // the owner's and every sender's
    uint32_t owner_id;    // process, 0 = the kernel
    bool is_open;
    unsigned head, count;
    struct wait_queue readers;
    struct message inbox[INBOX_MESSAGES];
};

struct call {
    uint32_t id;         // 0 = free
    uint32_t callee_id;  // process that owes the answer
    long result;         // 1 = no answer yet
    struct wait_queue caller;
    struct message answer;
};

static struct port *ports;
static struct call calls[CALLS];
static uint32_t next_call_id = 1;

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

long port_create(const char *name, struct port **result)
{
    long error = 0;
    enum irql old = irql_raise(IRQL_HIGH);
    if (name[0] != '\0' && find(name) != NULL) {
        error = -ERROR_EXISTS;
    } else {
        *result = heap_allocate(sizeof(**result));
        error = *result == NULL ? -ERROR_NO_MEMORY : 0;
    }
    if (error == 0) {
        struct port *port = *result;
        text_copy(port->name, sizeof(port->name), name);
        port->references = 1;
        port->owner_id = current_id();
        port->is_open = true;
        port->next = ports;
        ports = port;
    }
    irql_lower(old);
    return error;
}

long port_connect(const char *name, struct port **result)
{
    enum irql old = irql_raise(IRQL_HIGH);
    *result = name[0] == '\0' ? NULL : find(name);
    if (*result != NULL) {
        (*result)->references++;
    }
    irql_lower(old);
    return *result == NULL ? -ERROR_NOT_FOUND : 0;
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
        for (struct port **at = &ports; *at != NULL; at = &(*at)->next) {
            if (*at == port) {
                *at = port->next;
                break;
            }
        }
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
    for (unsigned i = 0; i < port->count; i++) {  // calls that nobody has read
        uint32_t id = port->inbox[(port->head + i) % INBOX_MESSAGES].call_id;
        for (unsigned j = 0; j < CALLS; j++) {
            if (id != 0 && calls[j].id == id) {
                answer_call(&calls[j], -ERROR_CLOSED);
            }
        }
    }
    port->count = 0;
    thread_wake_all(&port->readers);
    irql_lower(old);
    port_release(port);
}

static long enqueue(struct port *port, const struct message *message, uint32_t call_id)
{
    if (!port->is_open) {
        return -ERROR_CLOSED;
    }
    if (port->count == INBOX_MESSAGES) {
        return -ERROR_WOULD_BLOCK;
    }
    struct message *slot = &port->inbox[(port->head + port->count++) % INBOX_MESSAGES];
    *slot = *message;
    slot->sender = current_id();
    slot->call_id = call_id;
    thread_wake_one(&port->readers);
    return 0;
}

long port_send(struct port *port, const struct message *message)
{
    if (message->size > MESSAGE_BODY_SIZE) {
        return -ERROR_BAD_ARGUMENT;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    long error = enqueue(port, message, 0);
    irql_lower(old);
    return error;
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
        port->head = (port->head + 1) % INBOX_MESSAGES;
        port->count--;
        error = 0;
    } else if (!port->is_open) {
        error = -ERROR_CLOSED;
    }
    irql_lower(old);
    return error;
}

static struct call *free_call(void)
{
    for (unsigned i = 0; i < CALLS; i++) {
        if (calls[i].id == 0) {
            return &calls[i];
        }
    }
    return NULL;
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

long port_call(struct port *port, struct message *message, uint64_t timeout)
{
    if (message->size > MESSAGE_BODY_SIZE) {
        return -ERROR_BAD_ARGUMENT;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    struct call *call = free_call();
    long result = call == NULL ? -ERROR_NO_MEMORY : 0;
    if (result == 0) {
        *call = (struct call){
            .id = next_call_id++, .callee_id = port->owner_id, .result = 1};
        result = enqueue(port, message, call->id);
        if (result == 0) {
            result = wait_for_answer(call, timeout);
        }
        if (result == 0) {
            *message = call->answer;
        }
        call->id = 0;
    }
    irql_lower(old);
    return result;
}

long port_reply(uint32_t call_id, const struct message *message)
{
    long error = -ERROR_NOT_FOUND;  // the caller may have stopped waiting
    enum irql old = irql_raise(IRQL_HIGH);
    for (unsigned i = 0; i < CALLS; i++) {
        if (call_id == 0 || calls[i].id != call_id) {
            continue;
        }
        error = -ERROR_NOT_PERMITTED;  // answering in another's name
        if (calls[i].callee_id == current_id()) {
            calls[i].answer = *message;
            calls[i].answer.sender = current_id();
            calls[i].answer.call_id = 0;
            answer_call(&calls[i], 0);
            error = 0;
        }
    }
    irql_lower(old);
    return error;
}

void port_forget_calls(uint32_t process_id)
{
    enum irql old = irql_raise(IRQL_HIGH);
    for (unsigned i = 0; i < CALLS; i++) {
        if (calls[i].id != 0 && calls[i].callee_id == process_id &&
            calls[i].result == 1) {
            answer_call(&calls[i], -ERROR_CLOSED);
        }
    }
    irql_lower(old);
}
