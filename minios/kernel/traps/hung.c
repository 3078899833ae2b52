// Hung tasks. A thread of this file looks at all others from time to time, as Linux'
// khungtaskd does.
//
// A thread that waits for a lock cannot be killed: it needs the lock to finish what it has
// begun (thread_wait_deaf). Linux shows such a task with the letter D, "uninterruptible
// sleep". Usually that is over in no time. But a task that died in an oops never gives
// back the locks that it held. Nothing ends the wait of the others then. All that can be
// done is to say so, and where they wait.
//
// The boot option `hung_task_s=` says after how many seconds; 0 means never.
#include "traps/hung.h"

#include "base/boot_options.h"
#include "base/irql.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "library/text.h"
#include "plugins/driver.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/report.h"

#define SECONDS_BY_DEFAULT 120U
#define LOOKS              8U   // in the time that a task may wait
#define WARNINGS_MOST      10U  // then it is silent, as Linux is
#define SECOND             1000000000UL

static uint64_t limit;  // seconds
static unsigned warnings;

static void warn(struct thread *thread)
{
    char name[NAME_SIZE];
    uint32_t id = thread->process == NULL ? 0 : thread->process->id;
    report_task_name(thread, name);
    console_log("INFO: task %s:%u blocked for more than %lu seconds.", name, id, limit);
    report_waiting(thread);
    struct record record = {
        .kind = RECORD_HUNG_TASK,
        .process_id = id,
        .hung_task = {.process_id = id, .seconds = limit},
    };
    text_copy(record.name, sizeof(record.name), name);
    beacon_report(&record);
}

static void look_at(struct thread *thread)
{
    if (thread == NULL || thread->state != THREAD_WAITING || !thread->deaf ||
        thread->is_told_hung || warnings == WARNINGS_MOST ||
        (thread_ticks() - thread->deaf_since) * TICK_NANOSECONDS <= limit * SECOND) {
        return;
    }
    thread->is_told_hung = true;
    warnings++;
    warn(thread);
}

// At IRQL_HIGH no thread can end meanwhile.
static void look(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    for (uint32_t i = 0; process_at(i) != NULL; i++) {
        look_at(process_at(i)->thread);
    }
    for (unsigned i = 0; driver_at_index(i) != NULL; i++) {
        look_at(driver_at_index(i)->has_ended ? NULL : driver_at_index(i)->thread);
    }
    irql_lower(old);
}

static void watch(void *argument)
{
    (void)argument;
    while (warnings < WARNINGS_MOST) {
        thread_sleep(limit * SECOND / LOOKS);
        look();
    }
}

void hung_watch(void)
{
    char value[16];
    limit = boot_option("hung_task_s", value, sizeof(value)) ? text_number(value)
                                                             : SECONDS_BY_DEFAULT;
    if (limit != 0) {
        (void)!thread_create(watch, NULL);  // without memory nobody looks
    }
}
