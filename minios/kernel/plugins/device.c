// The devices of drivers in ring 3 ("user drivers").
//
// Such a driver is a process, and gets two things that no other process has. It may use
// the ports of its device: the CPU looks that up in a map that belongs to the running
// process (arch/descriptors.c), so `in` and `out` cost it no system call. And the
// interrupts of its device come to its inbox:
//
//     device            kernel, ring 0                         driver, ring 3
//     raises line ----> interrupt routine (forward):
//                       mask the line, send a message -------> receives it
//                                                              serves the device:
//     lowers line <------------------------------------------- reads and clears STATUS
//                       unmask the line <--------------------- interrupt_done
//     raises line ----> ...
//
// The line stays masked meanwhile. Otherwise a device that waits for its driver would
// interrupt the kernel again and again, and the driver would never run: an interrupt
// storm. So there is at most one message of a line, and it always has a place: the inbox
// keeps some for messages of the kernel. A driver that says "done" although it has got no
// message changes nothing. One that has got it and does not read it fills its own inbox in
// this way: then the line stays masked, and the console says so once.
//
// If the driver dies, the kernel has to bring the device to rest (to "quiesce" it): it
// may be hot, or about to interrupt. The kernel knows nothing of the device. It writes
// one byte to one port, which the driver's manifest names for this case.
//
// The three ideas are those of MINIX 3 (minix/kernel/system/do_irqctl.c, do_devio.c),
// but there each access to a port is a call of the kernel. The map of ports is what
// Linux offers as ioperm.
#include "plugins/device.h"

#include "arch/cpu.h"
#include "base/irql.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "interrupts/interrupt.h"
#include "interrupts/pic.h"
#include "ipc/port.h"
#include "library/text.h"
#include "plugins/driver.h"
#include "tasks/process.h"

struct line {
    uint32_t owner;     // process, 0 = not connected
    struct port *port;  // of the owner, which closes it only after device_release
    bool is_pending;    // a message is out, and the line is masked until it is done
    uint32_t unheard;   // process of which was said that it hears nothing
};

// Guarded by IRQL_HIGH.
static struct line lines[IRQ_COUNT];

static const struct {
    const char *name;
    struct device_grant all;
} devices[] = {
#define DEVICE_ROW(name, first, count, line) \
    {name, {.first_port = (first), .port_count = (count), .lines = 1U << (line)}},
    USER_DEVICE_TABLE(DEVICE_ROW)
#undef DEVICE_ROW
};

static bool is_inside(const struct device_grant *grant, const struct device_grant *all)
{
    return grant->first_port >= all->first_port &&
           grant->first_port + grant->port_count <= all->first_port + all->port_count &&
           grant->quiesce_port < grant->port_count && (grant->lines & ~all->lines) == 0;
}

// The name of the device to which all of a grant belongs, or NULL.
static const char *name_of(const struct device_grant *grant)
{
    for (unsigned i = 0; i < COUNT(devices); i++) {
        if (grant->port_count > 0 && is_inside(grant, &devices[i].all)) {
            return devices[i].name;
        }
    }
    return NULL;
}

static bool overlap(const struct device_grant *left, const struct device_grant *right)
{
    return (left->lines & right->lines) != 0 ||
           (left->first_port < right->first_port + right->port_count &&
            right->first_port < left->first_port + left->port_count);
}

static bool is_taken(const struct device_grant *grant)
{
    const struct process *process;
    for (uint32_t i = 0; (process = process_at(i)) != NULL; i++) {
        if (overlap(&process->device, grant)) {
            return true;
        }
    }
    const struct driver *driver;
    for (unsigned i = 0; (driver = driver_at_index(i)) != NULL; i++) {
        if (!driver->has_ended && overlap(&driver->manifest.device, grant)) {
            return true;
        }
    }
    return false;
}

long device_check(const struct device_grant *grant)
{
    if (grant->port_count == 0 && grant->lines == 0) {
        return 0;
    }
    if (name_of(grant) == NULL) {
        return -ERROR_NOT_PERMITTED;
    }
    return is_taken(grant) ? -ERROR_IN_USE : 0;
}

// The interrupt routine of a line, with interrupts off.
static void forward(void *argument)
{
    struct line *line = argument;
    uint32_t irq = (uint32_t)(line - lines);
    struct message message = {.type = MESSAGE_INTERRUPT, .size = sizeof(irq)};
    memcpy(message.body, &irq, sizeof(irq));
    pic_mask(irq);
    line->is_pending = port_notify(line->port, &message) == 0;
    if (!line->is_pending && line->unheard != line->owner) {
        line->unheard = line->owner;
        console_log("device: nobody hears IRQ %u", irq);  // it stays masked
    }
}

static bool is_granted(unsigned irq)
{
    return irq < IRQ_COUNT && process_current()->device.lines & 1U << irq;
}

static bool is_own(unsigned irq)
{
    return irq < IRQ_COUNT && lines[irq].owner == process_current()->id;
}

long device_connect(unsigned irq, struct port *port)
{
    if (!is_granted(irq)) {
        return -ERROR_NOT_PERMITTED;
    }
    long error = -ERROR_EXISTS;
    enum irql old = irql_raise(IRQL_HIGH);
    if (lines[irq].owner == 0) {
        error = interrupt_connect(irq, forward, &lines[irq]);
    }
    if (error == 0) {
        port_retain(port);
        lines[irq].owner = process_current()->id;
        lines[irq].port = port;
    }
    irql_lower(old);
    return error;
}

long device_done(unsigned irq)
{
    enum irql old = irql_raise(IRQL_HIGH);
    bool own = is_own(irq);
    if (own && lines[irq].is_pending) {
        lines[irq].is_pending = false;
        pic_unmask(irq);
    }
    irql_lower(old);
    return own ? 0 : -ERROR_NOT_FOUND;
}

static void disconnect(unsigned irq)
{
    pic_mask(irq);
    (void)interrupt_disconnect(irq, forward, &lines[irq]);
    port_release(lines[irq].port);
    lines[irq] = (struct line){.unheard = lines[irq].unheard};
}

long device_disconnect(unsigned irq)
{
    enum irql old = irql_raise(IRQL_HIGH);
    bool own = is_own(irq);
    if (own) {
        disconnect(irq);
    }
    irql_lower(old);
    return own ? 0 : -ERROR_NOT_FOUND;
}

static void report_rest(const struct process *process)
{
    const char *device = name_of(&process->device);
    struct record record = {.kind = RECORD_DEVICE_QUIESCED, .process_id = process->id};
    text_copy(record.name, sizeof(record.name), process->name);
    text_copy(record.text, sizeof(record.text), device);
    beacon_report(&record);
    console_log("%s: has ended, so the kernel brings the %s to rest", process->name,
                device);
}

void device_release(struct process *process)
{
    const struct device_grant *device = &process->device;
    if (device->port_count == 0) {
        return;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    for (unsigned irq = 0; irq < IRQ_COUNT; irq++) {
        if (lines[irq].owner == process->id) {
            disconnect(irq);
        }
    }
    cpu_out8(device->first_port + device->quiesce_port, device->quiesce_value);
    irql_lower(old);
    report_rest(process);
    process->device =
        (struct device_grant){0};  // from here on somebody else may have it
}
