// Protection (see protection.h). Protected are
//
//     a process with the right CRITICAL     the machine stops without it
//     a client of the security events       while it is one
//     the supervisor of the service list    without it nobody starts a client again
//
// against everybody except itself, those who answer for it (init and the supervisor),
// and programs with the right DEBUG. The boot option protection=off lifts this, for
// experiments. A program cannot.
#include "processes/protection.h"

#include "base/boot_options.h"
#include "events/client.h"
#include "library/text.h"
#include "plugins/services.h"
#include "tasks/process.h"

static bool is_off(void)
{
    char word[8];
    return boot_option("protection", word, sizeof(word)) && text_equal(word, "off");
}

static bool is_supervisor(const struct process *process)
{
    struct service service;
    return services_find(process->id, &service) &&
           text_equal("supervisor", service.name);
}

// init, which the kernel itself has started, and the supervisor: that one ends what an
// earlier supervisor has left behind.
static bool answers_for_others(const struct process *process)
{
    return process->parent_id == 0 || is_supervisor(process);
}

bool protection_manages(void)
{
    const struct process *process = process_current();
    return process == NULL || answers_for_others(process);
}

bool protection_forbids(const struct process *target)
{
    const struct process *process = process_current();
    bool is_protected = target->rights & RIGHT_CRITICAL ||
                        event_process_is_client(target->id) || is_supervisor(target);
    return is_protected && process != target && !(process->rights & RIGHT_DEBUG) &&
           !answers_for_others(process) && !is_off();
}

bool protection_keeps(const char *path)
{
    char canonical[PATH_SIZE];
    text_path(canonical, sizeof(canonical), path);
    bool is_kept = text_equal(canonical, SUPERVISOR_PATH) ||
                   text_equal(canonical, SUPERVISOR_NEW_PATH);
    return is_kept && !is_supervisor(process_current()) && !is_off();
}
