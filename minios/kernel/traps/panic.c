// Panic: the kernel cannot go on (see panic.h).
//
// oops.c comes here after a fault in ring 0 that no task can be charged with, bugcheck.c
// if a part of the kernel has found something broken. The order is that of a bug check:
// interrupts off, say why, write the dump. Then it differs. Linux has no blue screen: the
// last lines of the console stay on the screen. And unless the boot option `panic=` says
// so, it does not reset the machine: whoever comes by can still read them.
#include "traps/panic.h"

#include "arch/cpu.h"
#include "base/boot_options.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "devices/power.h"
#include "interrupts/deferred.h"
#include "interrupts/interrupt.h"
#include "interrupts/pic.h"
#include "library/text.h"
#include "tasks/thread.h"
#include "traps/dump.h"

#define WHY_BYTES 96
#define SECOND    1000000000UL

static bool is_dying;

// ---- What follows.

// What the boot option `panic=` says: PANIC_, and after how many seconds.
static uint64_t what_then(uint64_t *seconds)
{
    char value[16];
    *seconds = 0;
    if (!boot_option("panic", value, sizeof(value))) {
        return PANIC_STAY;
    }
    if (value[0] == '-') {
        return PANIC_RESET_AT_ONCE;
    }
    *seconds = text_number(value);
    return *seconds == 0 ? PANIC_STAY : PANIC_RESET_LATER;
}

[[noreturn]] static void stand_still(void)
{
    for (;;) {
        __asm__ volatile("cli\n\thlt");
    }
}

// The timer alone may still interrupt: it counts the seconds. No code of a module runs any
// more, and no other thread: this one is at IRQL_HIGH.
static void wait_seconds(uint64_t seconds)
{
    for (unsigned irq = 0; irq < IRQ_COUNT; irq++) {
        pic_mask(irq);
    }
    interrupt_forget_connections();
    deferred_forget();
    pic_unmask(IRQ_TIMER);
    uint64_t end = thread_deadline(seconds * SECOND);
    while (thread_ticks() < end) {
        cpu_wait_for_interrupt();
    }
}

[[noreturn]] static void end(const char *why)
{
    uint64_t seconds;
    uint64_t then = what_then(&seconds);
    if (then == PANIC_STAY) {
        console_log("---[ end Kernel panic - not syncing: %s ]---", why);
        stand_still();
    }
    if (then == PANIC_RESET_LATER) {
        console_log("Rebooting in %lu seconds..", seconds);
        wait_seconds(seconds);
    }
    power_reset();
}

// ---- Saying why.

static void tell_stop(const struct diagnosis *diagnosis, const char *why)
{
    const struct stop *stop = &diagnosis->stop;
    const uint64_t *p = stop->parameters;
    struct record record = {
        .kind = RECORD_BUGCHECK,
        .process_id = diagnosis->process_id,
        .bugcheck = {.vector = (uint16_t)diagnosis->vector,
                     .rip = diagnosis->rip,
                     .code = (uint32_t)stop->code,
                     .params = {p[0], p[1], p[2], p[3]},
                     .irql = diagnosis->irql},
    };
    text_copy(record.name, sizeof(record.name), stop->blamed);
    text_copy(record.text, sizeof(record.text), why);
    beacon_report(&record);
    uint64_t seconds;
    uint64_t then = what_then(&seconds);
    record = (struct record){.kind = RECORD_PANIC,
                             .panic = {.then = then, .seconds = seconds}};
    text_copy(record.text, sizeof(record.text), why);
    beacon_report(&record);
}

void panic(const struct diagnosis *diagnosis, const char *why)
{
    cpu_interrupts_off();
    irql_set(IRQL_HIGH);
    uint64_t seconds;
    if (is_dying) {  // a second fault, in this code: nothing is safe to do any more
        if (what_then(&seconds) == PANIC_STAY) {
            stand_still();
        }
        power_reset();
    }
    is_dying = true;
    console_log("Kernel panic - not syncing: %s", why);
    tell_stop(diagnosis, why);
    struct diagnosis saved = *diagnosis;
    saved.panic = why;
    (void)dump_write(&saved);  // without room for a dump there is none
    end(why);
}

void panic_for_init(const struct diagnosis *diagnosis, uint32_t exit_code)
{
    static char why[WHY_BYTES];
    text_format(why, sizeof(why), "Attempted to kill init! exitcode=0x%08x", exit_code);
    panic(diagnosis, why);
}

void panic_for_stop(const struct diagnosis *diagnosis)
{
    const struct stop *stop = &diagnosis->stop;
    switch (stop->code) {
    case STOP_CRITICAL_PROCESS_DIED:
        panic_for_init(diagnosis, stop->exit_code);
    case STOP_INACCESSIBLE_BOOT_DEVICE:
        panic(diagnosis, "VFS: Unable to mount root fs");
    case STOP_MANUALLY_INITIATED_CRASH:
        panic(diagnosis, "sysrq triggered crash");
    default:
        panic(diagnosis, stop->why == NULL ? diagnosis->name : stop->why);
    }
}
