// Diagnosis: what is wrong, who is to blame, and where it was (see diagnosis.h).
//
// trap.c comes here after a fault in ring 0, bugcheck.c if a part of the kernel has found
// something broken. Which stop code a fault becomes is a table, in stop_rule.c. Who is to
// blame is the nearest driver on the stack.
//
// The last resort is a note: before the kernel calls a driver, it writes down on the
// thread whom it calls (thread_note_call). A driver may overwrite its stack, but then the
// note still says which driver has not returned.
//
// Memory may be broken, so all of it is read by peek.c, which cannot fault.
#include "traps/diagnosis.h"

#include "bpf/hooks.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "library/text.h"
#include "memory/peek.h"
#include "plugins/driver.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/stop_rule.h"

#define CALLERS_LIMIT 64

// Finds the nearest driver on the stack. Each function leaves this pair on the stack,
// and RBP (the frame pointer) points to it:
//
//     RBP -> | RBP of the caller | return address |
//
// So the pairs form a chain that can be followed. It ends where the CPU entered ring 0,
// because entry.S sets RBP to 0: the interrupted code did not call the kernel, so it is
// not to blame.
static const struct driver *driver_that_called(uint64_t rbp)
{
    uint64_t link[2];
    for (unsigned i = 0; i < CALLERS_LIMIT; i++) {
        if (peek_read(rbp, link, sizeof(link)) != sizeof(link)) {
            return NULL;
        }
        const struct driver *driver = driver_at_address(link[1]);
        if (driver != NULL || link[0] <= rbp) {
            return driver;
        }
        rbp = link[0];
    }
    return NULL;
}

// The driver that has an address, or that had it before it was unloaded.
static const struct driver *driver_with(uint64_t address)
{
    const struct driver *driver = driver_at_address(address);
    return driver == NULL ? driver_was_at_address(address) : driver;
}

// The driver that gets the blame for a fault: the one whose code was running, or a
// driver that was unloaded but had its code there. Otherwise the nearest driver on the
// stack: if the kernel's code faulted, it did so at the request of that driver.
static const struct driver *driver_that_faulted(const struct trapframe *frame)
{
    uint64_t rip = frame->rip, back = 0;
    const struct driver *driver = driver_with(rip);
    // A call to a wrong address: the return address at RSP tells who made the call.
    if (driver == NULL && !is_kernel_code(frame) &&
        peek_read(frame->rsp, &back, sizeof(back)) == sizeof(back)) {
        driver = driver_at_address(back);
    }
    return driver == NULL ? driver_that_called(frame->rbp) : driver;
}

// Some stops say themselves whom they blame; then no driver is looked for.
static const struct driver *driver_to_blame(const struct diagnosis *diagnosis)
{
    const struct stop *stop = &diagnosis->stop;
    if (stop->blamed != NULL) {
        return NULL;
    }
    if (stop->suspect != 0) {
        return driver_with(stop->suspect);
    }
    const struct driver *driver = stop->frame == NULL
                                      ? driver_that_called((uint64_t)diagnosis->caller)
                                      : driver_that_faulted(stop->frame);
    return driver == NULL ? driver_at_address(thread_noted_call()) : driver;
}

// Without a driver the kernel itself has faulted. If it was running an eBPF program, or was
// about to, it is told by the name of what was loaded.
static const char *part_that_ran(void)
{
    const struct bpf_program *program = bpf_running();
    return program == NULL ? "kernel" : program->object->name;
}

// Fills in who is to blame, and the place in words.
static void blame(struct diagnosis *diagnosis)
{
    const struct driver *driver = driver_to_blame(diagnosis);
    diagnosis->driver = driver;
    if (diagnosis->stop.blamed == NULL) {
        diagnosis->stop.blamed = driver == NULL ? part_that_ran() : driver->name;
    }
    uint64_t offset = driver == NULL ? 0 : diagnosis->rip - driver->base;
    text_copy(diagnosis->where, sizeof(diagnosis->where), diagnosis->stop.blamed);
    if (driver != NULL && offset < driver->size) {
        text_format(diagnosis->where, sizeof(diagnosis->where), "%s+0x%lx",
                    driver->name, offset);
    }
}

// The process that was running. 0 for System, or if the structure cannot be read.
static uint32_t process_id(void)
{
    struct process process = {0};
    (void)peek_read((uint64_t)process_current(), &process, sizeof(process));
    return process.id;
}

static const char *stop_name(uint64_t code)
{
    switch (code) {
#define STOP_CASE(code, name) \
    case code: \
        return name;
        STOP_CODE_TABLE(STOP_CASE)
#undef STOP_CASE
    default:
        return "UNKNOWN_STOP_CODE";
    }
}

struct diagnosis diagnose_stop(const struct stop *stop, const uint64_t *caller)
{
    struct diagnosis diagnosis = {
        .stop = *stop,
        .name = stop_name(stop->code),
        .process_id = process_id(),
        .irql = irql_current(),
        .caller = caller,
    };
    if (stop->frame != NULL) {
        diagnosis.vector = stop->frame->vector;
        diagnosis.rip = stop->frame->rip;
    }
    blame(&diagnosis);
    return diagnosis;
}

struct diagnosis diagnose_fault(const struct trapframe *frame, uint64_t cr2)
{
    struct stop stop = stop_for_fault(frame, cr2, irql_current());
    return diagnose_stop(&stop, NULL);
}

void diagnosis_tell(const struct diagnosis *diagnosis, const char *title, uint32_t kind,
                    const char *ended)
{
    const struct stop *stop = &diagnosis->stop;
    const uint64_t *p = stop->parameters;
    if (stop->why != NULL) {
        console_log("*** kernel: %s", stop->why);
    }
    console_log("*** %s 0x%08lx %s", title, stop->code, diagnosis->name);
    console_log("*** parameters 0x%016lx 0x%016lx 0x%016lx 0x%016lx", p[0], p[1], p[2],
                p[3]);
    console_log("*** in %s", diagnosis->where);
    struct record record = {
        .kind = kind,
        .process_id = diagnosis->process_id,
        .bugcheck = {.vector = (uint16_t)diagnosis->vector,
                     .rip = diagnosis->rip,
                     .code = (uint32_t)stop->code,
                     .params = {p[0], p[1], p[2], p[3]},
                     .irql = diagnosis->irql},
    };
    text_copy(record.name, sizeof(record.name), stop->blamed);
    text_copy(record.text, sizeof(record.text), ended);
    beacon_report(&record);
}
