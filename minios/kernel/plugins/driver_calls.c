// Calling a driver's functions for events and messages, one thread at a time.
//
// The note (thread_note_call) says which driver the kernel is calling. diagnosis.c reads
// it, if the driver has damaged its stack.
#include "plugins/driver_calls.h"

#include "base/irql.h"
#include "base/policy.h"
#include "ipc/port.h"
#include "plugins/driver.h"
#include "tasks/thread.h"
#include <minios/plugin.h>

// One thread at a time runs the driver's functions for events and messages, so that the
// driver needs no locks. Usually this is its own thread; if it is asked for a verdict, it
// is the thread that asks. False: the driver runs no more, or the thread is being killed,
// or the driver itself has caused the event that it is asked about.
static bool enter_code(struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    bool again = driver->inside == thread_current();
    while (driver->inside != NULL && !again && !driver->is_stuck &&
           !driver->has_ended) {
        if (!thread_wait(&driver_changed, FOREVER)) {
            break;
        }
    }
    bool free = driver->inside == NULL && !driver->has_ended;
    if (free) {
        driver->inside = thread_current();
    }
    irql_lower(old);
    return free;
}

static void leave_code(struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    thread_note_call(0);
    driver->inside = NULL;
    thread_wake_all(&driver_changed);
    irql_lower(old);
}

void driver_answer(struct driver *driver, const struct message *message)
{
    struct message reply = {.type = MESSAGE_ANSWER};
    if (driver->plugin->message != NULL && enter_code(driver)) {
        thread_note_call((uint64_t)driver->plugin->message);
        driver->plugin->message(message, &reply);
        leave_code(driver);
    }
    if (message->call_id != 0) {
        (void)port_reply(message->call_id, &reply);  // the caller may be gone
    }
}

static uint32_t ask(struct driver *driver, const struct event *event)
{
    if (driver->plugin->authorize == NULL || !enter_code(driver)) {
        return EVENT_VERDICT_ALLOW;
    }
    uint64_t before = thread_noted_call();
    thread_note_call((uint64_t)driver->plugin->authorize);
    uint32_t verdict = driver->plugin->authorize(event);
    leave_code(driver);
    thread_note_call(before);
    return verdict;
}

// The driver that has this port, or NULL. The running thread is counted as one that is in
// its code from here on to `end_use`, so that nobody takes the driver's pages away. If the
// thread is ended in between, the count stays: then the driver cannot be unloaded.
static struct driver *begin_use(const struct port *port)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct driver *driver = driver_with_port(port);
    if (driver != NULL) {
        driver->callers++;
    }
    irql_lower(old);
    return driver;
}

static void end_use(struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    driver->callers--;
    thread_wake_all(&driver_changed);
    irql_lower(old);
}

// The driver's verdict on what the running thread is about to do. It is asked on this
// thread: a driver needs no message and no other thread. But it also has no deadline.
static uint32_t authorize(void *port, const struct event *event)
{
    struct driver *driver = begin_use(port);
    if (driver == NULL) {
        return EVENT_VERDICT_ALLOW;
    }
    uint32_t verdict = ask(driver, event);
    end_use(driver);
    return verdict;
}

// Tells the driver what the running thread has done, on this thread: the model linux does
// so. A fault of the driver then ends whoever has done it.
static void hear(void *port, const struct event *event)
{
    struct driver *driver = begin_use(port);
    if (driver == NULL) {
        return;
    }
    uint64_t before = thread_noted_call();
    driver_hear(driver, event);
    thread_note_call(before);
    end_use(driver);
}

void driver_hear(struct driver *driver, const struct event *event)
{
    if (driver->plugin->event != NULL && enter_code(driver)) {
        thread_note_call((uint64_t)driver->plugin->event);
        driver->plugin->event(event);
        leave_code(driver);
    }
}

long driver_subscribe(struct driver *driver, const struct event_set *wanted)
{
    struct port_calls calls = {
        .hear = boot_policy()->hooks_on_caller ? hear : NULL,
        .authorize = authorize,
    };
    return port_subscribe(driver->port, wanted, &calls);
}
