// Interrupts of devices: which code is called when a line asks for attention.
//
// trap.c calls interrupt_serve. The kernel's own drivers come first, then each routine
// that a third-party driver has connected. The kernel trusts such a routine completely.
// It runs with interrupts off, so nothing can stop it: no other device, not the
// scheduler, and not even the watchdog of deferred.c, which needs the timer's
// interrupts. If it loops, the machine hangs. The kernel does not check either whether
// the driver has been unloaded: then it calls code that is gone, and the machine stops.
#include "interrupts/interrupt.h"

#include "base/irql.h"
#include "base/stop.h"
#include "interrupts/pic.h"
#include "library/text.h"
#include "tasks/thread.h"

#define CONNECTIONS_LIMIT 8

struct connection {
    interrupt_routine *routine;  // NULL: a free place
    void *argument;
    unsigned irq;
};

// All guarded by IRQL_HIGH, so that no routine is taken away while it runs.
static struct connection connections[CONNECTIONS_LIMIT];

static struct connection own[IRQ_COUNT];  // the kernel's own, written at the start
static unsigned served;  // interrupts whose routines run now: one may interrupt another

static struct connection *find(const struct connection *wanted)
{
    for (unsigned i = 0; i < CONNECTIONS_LIMIT; i++) {
        struct connection *place = &connections[i];
        if (place->routine == wanted->routine && place->argument == wanted->argument &&
            place->irq == wanted->irq) {
            return place;
        }
    }
    return NULL;
}

void interrupt_claim(unsigned irq, interrupt_routine *routine, void *argument)
{
    KERNEL_ASSERT(own[irq].routine == NULL);
    own[irq] = (struct connection){routine, argument, irq};
    pic_unmask(irq);
}

long interrupt_connect(unsigned irq, interrupt_routine *routine, void *argument)
{
    if (irq >= IRQ_COUNT || irq == IRQ_CASCADE || routine == NULL) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = -ERROR_NO_MEMORY;
    enum irql old = irql_raise(IRQL_HIGH);
    struct connection *place = find(&(struct connection){0});
    if (place != NULL) {
        *place = (struct connection){routine, argument, irq};
        pic_unmask(irq);  // the kernel has not enabled lines that it does not use
        error = 0;
    }
    irql_lower(old);
    return error;
}

long interrupt_disconnect(unsigned irq, interrupt_routine *routine, void *argument)
{
    if (routine == NULL) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = -ERROR_NOT_FOUND;
    enum irql old = irql_raise(IRQL_HIGH);
    struct connection *place = find(&(struct connection){routine, argument, irq});
    if (place != NULL) {
        *place = (struct connection){0};
        error = 0;
    }
    irql_lower(old);
    return error;
}

static void call_connected(unsigned irq)
{
    for (unsigned i = 0; i < CONNECTIONS_LIMIT; i++) {
        if (connections[i].routine != NULL && connections[i].irq == irq) {
            bool before = thread_lend_stack(true);
            thread_note_call((uint64_t)connections[i].routine);
            connections[i].routine(connections[i].argument);
            thread_note_call(0);
            (void)thread_lend_stack(before);
        }
    }
}

void interrupt_serve(unsigned irq)
{
    served++;
    if (own[irq].routine != NULL) {
        own[irq].routine(own[irq].argument);
    }
    call_connected(irq);
    served--;
}

bool interrupt_is_served(void)
{
    return served > 0;
}

void interrupt_forget_connections(void)
{
    memset(connections, 0, sizeof(connections));
}
