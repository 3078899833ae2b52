// An oops: the kernel has faulted, reports it, ends the task that was running, and goes on.
//
// consequence.c comes here. The order is that of Linux (oops_end, make_task_dead):
//
//   1. the report (report.c), and the taint D: this kernel has died once
//   2. in an interrupt                       panic: no task can be charged with it
//   3. panic_on_oops=1                       panic
//   4. in the idle task                      panic: there is always something to run
//   5. interrupts off, or IRQL_DISPATCH      a note; set right, and on
//   6. the oopses have reached oops_limit=   panic
//   7. the task was ending already           it sleeps for ever
//   8. init                                  panic: nothing runs without it
//   9. any other task                        it ends
//
// A double fault is always a panic: there is no stack left on which to go on.
//
// What the task had as a process is closed: files, handles, memory. What its code in the
// kernel held is not, because nobody knows it. A lock stays locked, so whoever wants it
// waits for ever. The use count of a module stays up, so it cannot be unloaded any more.
#include "traps/oops.h"

#include "arch/cpu.h"
#include "base/boot_options.h"
#include "base/taint.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "interrupts/interrupt.h"
#include "library/text.h"
#include "plugins/driver.h"
#include "plugins/driver_load.h"
#include "plugins/services.h"
#include "processes/end.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/panic.h"
#include "traps/report.h"
#include "traps/symbols.h"

#define OOPS_LIMIT_BY_DEFAULT 10000U
#define SIGNAL_OF_OOPS 11U  // SIGSEGV: as if the task had made the mistake itself

static uint32_t oops_count;
static struct wait_queue dead_queue;  // nobody wakes it

static bool must_panic(void)
{
    char value[16];
    return boot_option("panic_on_oops", value, sizeof(value)) &&
           text_number(value) != 0;
}

// So many oopses are one too many; 0: no number is.
static uint64_t most_oopses(void)
{
    char value[16];
    return boot_option("oops_limit", value, sizeof(value)) ? text_number(value)
                                                           : OOPS_LIMIT_BY_DEFAULT;
}

// ---- Telling.

static void report_oops(const struct diagnosis *diagnosis, const char *ended)
{
    const struct stop *stop = &diagnosis->stop;
    const uint64_t *p = stop->parameters;
    struct record record = {
        .kind = RECORD_OOPS,
        .process_id = diagnosis->process_id,
        .oops = {.vector = (uint16_t)diagnosis->vector,
                 .rip = diagnosis->rip,
                 .code = (uint32_t)stop->code,
                 .params = {p[0], p[1], p[2], p[3]},
                 .irql = diagnosis->irql},
    };
    text_copy(record.name, sizeof(record.name), stop->blamed);
    text_copy(record.text, sizeof(record.text), ended);
    beacon_report(&record);
}

// What only the report of Linux has.
static void report_details(const struct diagnosis *diagnosis)
{
    char words[SYMBOL_WORDS_SIZE];
    const struct thread *thread = thread_current();
    struct record record = {
        .kind = RECORD_OOPS_REPORT,
        .process_id = diagnosis->process_id,
        .oops_report = {.process_id = diagnosis->process_id,
                        .number = oops_count,
                        .taint = taint_word(),
                        .error_code = diagnosis->stop.frame->error_code,
                        .locks = thread->locks},
    };
    report_task_name(thread, record.name);
    symbol_words(diagnosis->rip, words);
    text_copy(record.text, sizeof(record.text), words);
    beacon_report(&record);
}

// The report reads what may be broken by peek.c. But it also needs the kernel's own lists,
// and code in ring 0 can have changed any of them. So a fault in here is possible; it must
// not become a second report, which would fault again.
static void tell(const struct diagnosis *diagnosis)
{
    static bool is_telling;
    if (is_telling) {
        panic(diagnosis, "Fatal exception");
    }
    is_telling = true;
    report_fault(diagnosis);
    taint_add(TAINT_DIE);
    report_details(diagnosis);
    is_telling = false;
}

static void name_ended(const struct thread *thread, char ended[PATH_SIZE])
{
    char name[NAME_SIZE];
    report_task_name(thread, name);
    if (thread->process == NULL) {
        text_format(ended, PATH_SIZE, "the thread of %s", name);
    } else {
        text_format(ended, PATH_SIZE, "%s (process %u)", name, thread->process->id);
    }
}

// ---- What follows.

static bool is_in_interrupt(void)
{
    return interrupt_is_served() || thread_stack_is_lent();
}

static void stop_if_nothing_can_be_ended(const struct diagnosis *diagnosis)
{
    if (is_in_interrupt()) {
        panic(diagnosis, "Fatal exception in interrupt");
    }
    if (must_panic() || diagnosis->stop.code == STOP_UNEXPECTED_KERNEL_MODE_TRAP) {
        panic(diagnosis, "Fatal exception");
    }
    if (thread_current()->id == 0) {
        panic(diagnosis, "Attempted to kill the idle task!");
    }
}

// The code that has faulted may have raised the IRQL, or switched interrupts off. Nobody
// is left to undo it.
static void set_right(const struct diagnosis *diagnosis)
{
    char name[NAME_SIZE];
    report_task_name(thread_current(), name);
    if (!(diagnosis->stop.frame->rflags & RFLAGS_IF)) {
        console_log("note: %s[%u] exited with irqs disabled", name,
                    diagnosis->process_id);
    }
    if (diagnosis->irql == IRQL_DISPATCH) {
        console_log("note: %s[%u] exited with preempt_count 1", name,
                    diagnosis->process_id);
    }
    thread_current()->keeps_cpu = false;
    thread_current()->locks = 0;  // they stay locked, but nobody answers for them now
    irql_set(IRQL_PASSIVE);
}

static void stop_at_limit(const struct diagnosis *diagnosis)
{
    static char why[64];
    uint64_t limit = most_oopses();
    if (limit != 0 && oops_count >= limit) {
        text_format(why, sizeof(why), "Oopsed too often (kernel.oops_limit is %lu)",
                    limit);
        panic(diagnosis, why);
    }
}

[[noreturn]] static void sleep_for_ever(void)
{
    console_log("Fixing recursive fault but reboot is needed!");
    thread_current()->is_told_hung = true;  // it waits for nothing: hung.c has no news
    (void)irql_raise(IRQL_HIGH);
    for (;;) {
        thread_wait_deaf(&dead_queue);
    }
}

[[noreturn]] static void end_task(void)
{
    driver_keep(thread_noted_call());  // the module that was called for this task
    cpu_interrupts_on();
    if (process_current() != NULL) {
        process_end((struct death){.cause = DEATH_KERNEL_FAULT});
    }
    struct driver *driver = driver_of_current_thread();
    if (driver != NULL) {
        services_note_driver(driver->name, SERVICE_STATE_FAILED);
        driver_abandon(driver, false);
    }
    thread_exit();
}

void oops(struct diagnosis *diagnosis)
{
    diagnosis->oops = ++oops_count;
    tell(diagnosis);
    const struct process *process = process_current();
    stop_if_nothing_can_be_ended(diagnosis);
    bool is_init = process != NULL && process->rights & RIGHT_CRITICAL;
    bool is_ending = thread_current()->is_ending;
    set_right(diagnosis);
    stop_at_limit(diagnosis);
    if (is_init && !is_ending) {
        panic_for_init(diagnosis, SIGNAL_OF_OOPS);
    }
    char ended[PATH_SIZE];
    name_ended(thread_current(), ended);
    report_oops(diagnosis, ended);
    if (is_ending) {
        sleep_for_ever();
    }
    end_task();
}
