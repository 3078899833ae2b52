// The kernel's feed of security events, built for the host. What it needs of the rest of the
// kernel is here. While a thread waits for verdicts, the test decides what happens.
#include "base/irql.h"
#include "base/stop.h"
#include "devices/beacon.h"
#include "events/event.h"
#include "events/verdict.h"
#include "library/text.h"
#include "memory/heap.h"
#include "tasks/process.h"
#include "tasks/thread.h"

#define PORTS 20
#define LOG   64

// A client of the test: what the kernel calls a port.
struct port {
    struct event_client *client;
    unsigned number;
    unsigned room;     // for messages
    unsigned leaves;   // whom it lets leave when it is asked; 0 = nobody
    uint32_t verdict;  // of a driver
    bool has_left;
};

static struct {
    struct port ports[PORTS];
    struct process process;  // that acts
    struct thread thread;
    uint32_t subscriber;  // whose the next clients are
    enum irql level;
    uint64_t ticks;
    bool woken;
    void (*meanwhile)(void);  // what happens while the thread waits
    unsigned count;           // of messages, in the order in which they were sent
    unsigned served[LOG];
    uint64_t message_ids[LOG];
    unsigned record_count;
    uint32_t records[LOG];
    uint32_t killed;  // the last process that was killed
    bool stopped;     // whether the threads of the clients are
} host;

static uint8_t memory[1 << 18];
static size_t used;

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

void *heap_allocate(size_t size)
{
    void *block = memory + used;
    used += (size + 15) & ~(size_t)15;
    return used > sizeof(memory) ? NULL : block;
}

void heap_free(void *block)
{
    (void)block;
}

void beacon_report(const struct record *record)
{
    host.records[host.record_count++ % LOG] = record->kind;
}

struct thread *thread_current(void)
{
    return &host.thread;
}

struct process *process_current(void)
{
    return &host.process;
}

struct process *process_find(uint32_t id)
{
    static struct thread thread;
    static struct process found = {.thread = &thread};
    found.id = id;
    thread.stopped = host.stopped;
    return &found;
}

void process_kill_for(struct process *process, uint32_t cause)
{
    host.killed = cause == DEATH_DEADLINE ? process->id : 0;
}

uint64_t thread_clock(void)
{
    return host.ticks * TICK_NANOSECONDS;
}

uint64_t thread_ticks(void)
{
    return host.ticks;
}

uint64_t thread_deadline(uint64_t nanoseconds)
{
    return host.ticks + nanoseconds / TICK_NANOSECONDS + 1;
}

bool thread_wait(struct wait_queue *queue, uint64_t wake_tick)
{
    (void)queue;
    host.woken = false;
    if (host.meanwhile != NULL) {
        host.meanwhile();
    }
    if (!host.woken && !host.thread.killed) {
        KERNEL_ASSERT(wake_tick != FOREVER);
        host.ticks = wake_tick > host.ticks ? wake_tick : host.ticks;
    }
    return host.woken;
}

void thread_wake_all(struct wait_queue *queue)
{
    (void)queue;
    host.woken = true;
}

static void note(const struct port *port, const struct event *event)
{
    host.served[host.count] = port->number;
    host.message_ids[host.count++ % LOG] = event->message_id;
}

static bool deliver(void *owner, const struct event *event)
{
    struct port *port = owner;
    if (port->has_left) {
        __builtin_trap();
    }
    if (port->room == 0) {
        return false;
    }
    port->room--;
    note(port, event);
    return true;
}

static uint32_t authorize(void *owner, const struct event *event)
{
    struct port *port = owner;
    if (port->has_left || host.level != IRQL_PASSIVE) {
        __builtin_trap();
    }
    note(port, event);
    if (port->leaves != 0) {
        unsigned leaves = port->leaves;
        port->leaves = 0;
        event_unsubscribe(host.ports[leaves - 1].client);
    }
    if (port->has_left) {
        __builtin_trap();  // while it is asked
    }
    return port->verdict;
}

static void left(void *owner)
{
    struct port *port = owner;
    port->has_left = true;
}

// From now on each client that comes belongs to this process. 0: each to one of its own.
void host_subscribe_as(uint32_t process_id)
{
    host.subscriber = process_id;
}

// Client `number`, counted from 1, subscribes to a type. Returns 0 or a negated ERROR_. Its
// process has the id 100 + `number`; a driver has none.
long host_subscribe(unsigned number, uint32_t type, bool is_driver)
{
    struct port *port = &host.ports[number - 1];
    uint32_t own = host.subscriber != 0 ? host.subscriber : 100 + number;
    struct event_link link = {
        .owner = port,
        .process_id = is_driver ? 0 : own,
        .deliver = deliver,
        .authorize = is_driver ? authorize : NULL,
        .left = left,
    };
    struct event_set wanted;
    long error = event_set_make(&wanted, &type, 1);
    if (error == 0 && port->client == NULL) {
        port->number = number;
        port->room = LOG;
        port->verdict = EVENT_VERDICT_ALLOW;
    }
    return error < 0 ? error : event_subscribe(&port->client, &link, &wanted);
}

void host_leave(unsigned number)
{
    event_unsubscribe(host.ports[number - 1].client);
}

// When driver `number` is asked the next time, `other` unsubscribes.
void host_let_leave(unsigned number, unsigned other)
{
    host.ports[number - 1].leaves = other;
}

// How often it is said to have denied something.
uint32_t host_denied(unsigned number)
{
    return host.ports[number - 1].client->denied;
}

bool host_has_left(unsigned number)
{
    return host.ports[number - 1].has_left;
}

void host_set_verdict(unsigned number, uint32_t verdict)
{
    host.ports[number - 1].verdict = verdict;
}

void host_set_room(unsigned number, unsigned room)
{
    host.ports[number - 1].room = room;
}

long host_set(unsigned number, uint32_t setting, uint64_t value)
{
    return event_set_setting(host.ports[number - 1].client, setting, value);
}

long host_mute(unsigned number, uint32_t what, uint32_t match, uint32_t process_id,
               const char *path, bool listed)
{
    struct event_mute mute = {.what = what, .match = match, .process_id = process_id};
    text_copy(mute.path, sizeof(mute.path), path);
    return event_mute(host.ports[number - 1].client, &mute, listed);
}

void host_meanwhile(void (*meanwhile)(void))
{
    host.meanwhile = meanwhile;
}

long host_respond(unsigned number, uint64_t message_id, uint32_t verdict)
{
    return event_respond(host.ports[number - 1].client, message_id, verdict);
}

void host_stop_clients(void)
{
    host.stopped = true;
}

void host_kill_asker(void)
{
    host.thread.killed = true;
}

// Who acts: a process with this id and program.
void host_act_as(uint32_t id, const char *path)
{
    host.process.id = id;
    text_copy(host.process.path, sizeof(host.process.path), path);
    host.thread.process = &host.process;
}

static struct event about(uint32_t type, const char *path)
{
    struct event event = {.type = type};
    text_copy(event.file.path, sizeof(event.file.path), path);
    return event;
}

void host_post(uint32_t type, const char *path)
{
    struct event event = about(type, path);
    event_post(&event);
}

long host_ask(uint32_t type, const char *path)
{
    struct event event = about(type, path);
    return event_ask(&event);
}

void host_forget_path(const char *path)
{
    event_forget_path(path);
}

// ---- What was seen since the last call of host_forget.

void host_forget(void)
{
    host.count = 0;
    host.record_count = 0;
    host.killed = 0;
}

unsigned host_count(void)
{
    return host.count;
}

unsigned host_served(unsigned at)
{
    return host.served[at];
}

uint64_t host_message_id(unsigned at)
{
    return host.message_ids[at];
}

unsigned host_record_count(void)
{
    return host.record_count;
}

uint32_t host_record(unsigned at)
{
    return host.records[at];
}

uint32_t host_killed(void)
{
    return host.killed;
}

uint64_t host_ticks(void)
{
    return host.ticks;
}

enum irql host_level(void)
{
    return host.level;
}
