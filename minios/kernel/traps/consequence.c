// What follows a fault in ring 0. The diagnosis says what is wrong, the policy of the
// model says what the kernel makes of it (minios/abi/policies.py):
//
//     stop_machine   the machine stops: bugcheck.c. This is Windows' way, and macOS'
//     end_task       the thread that was running ends, in a system call its process.
//                    A driver without its thread takes no control requests. But its
//                    port stays open until the driver is loaded again: whoever calls
//                    it waits in vain
//     oops           nearly the same as end_task, told and decided as Linux does it: see
//                    oops.c. The rest of this file is about the two others
//     end_plugin     if a driver faulted on its own thread, its port closes, too: no
//                    more messages and events. Else the same as end_task
//
// Neither takes back what the driver has left in the kernel. Its deferred calls and
// interrupt routines still run, and may still report.
//
// Going on is a gamble. All of ring 0 shares one memory, so whatever the code had broken
// there stays broken. What it held stays held: blocks of the heap, references, its count
// in driver_control. The driver's code stays mapped and cannot be unloaded, because an
// interrupt routine or a deferred call may still point to it.
//
// Sometimes nothing can be ended, and the machine stops under each policy: see can_end.
#include "traps/consequence.h"

#include "arch/cpu.h"
#include "base/policy.h"
#include "devices/console.h"
#include "library/text.h"
#include "plugins/driver.h"
#include "plugins/driver_load.h"
#include "plugins/services.h"
#include "processes/end.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/bugcheck.h"
#include "traps/oops.h"

// Whether the running thread can be ended, and the others can go on without it. Not if
//
//   - it is at IRQL_DISPATCH or above: it was interrupted, or nobody else may run;
//   - the CPU reports more than a wrong instruction, such as a double fault (0x7F);
//   - a check in the kernel's own code has failed: the kernel itself is broken;
//   - it holds a lock: whoever needs the lock would wait for ever;
//   - it is ending already, and this has failed;
//   - nobody can do its work: a process with the right CRITICAL, or one of the kernel's
//     own threads.
static bool can_end(const struct thread *thread, const struct diagnosis *diagnosis)
{
    if (diagnosis->irql >= IRQL_DISPATCH || thread->locks > 0 || thread->is_ending ||
        diagnosis->stop.bug != NULL ||
        diagnosis->stop.code == STOP_UNEXPECTED_KERNEL_MODE_TRAP) {
        return false;
    }
    return thread->process == NULL ? driver_of_current_thread() != NULL
                                   : !(thread->process->rights & RIGHT_CRITICAL);
}

void consequence_of_fault(struct diagnosis *diagnosis)
{
    uint32_t after_fault = boot_policy()->after_fault;
    if (after_fault == AFTER_FAULT_OOPS) {
        oops(diagnosis);
    }
    if (after_fault == AFTER_FAULT_STOP_MACHINE ||
        !can_end(thread_current(), diagnosis)) {
        bugcheck(diagnosis);
    }
    const struct process *process = process_current();
    struct driver *driver = driver_of_current_thread();
    bool whole = after_fault == AFTER_FAULT_END_PLUGIN && driver == diagnosis->driver;
    char ended[PATH_SIZE];
    if (process != NULL) {
        text_format(ended, sizeof(ended), "%s (process %u)", process->name,
                    process->id);
    } else {
        text_format(ended, sizeof(ended), "%s%s", whole ? "" : "the thread of ",
                    driver->name);
    }
    diagnosis_tell(diagnosis, "FAULT", RECORD_OOPS, ended);
    console_log("*** the kernel goes on without %s", ended);
    console_log("*** what was broken in ring 0 stays broken, what was held stays held");
    cpu_interrupts_on();
    if (process != NULL) {
        driver_keep(thread_noted_call());  // a driver that was serving its request
        process_end((struct death){.cause = DEATH_KERNEL_FAULT});
    }
    services_note_driver(driver->name, SERVICE_STATE_FAILED);
    driver_abandon(driver, whole);
}
