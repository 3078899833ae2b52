// Protection (see protection.h). Protected are
//
//     a process with the right CRITICAL     the machine stops without it
//     a client of the security events       while it is one
//
// against everybody except itself, those who answer for it, and programs with the right
// DEBUG. The boot option protection=off lifts this, for experiments. A program cannot.
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

// Its parent does, and the supervisor of the service list: that one ends what an earlier
// supervisor has left behind.
static bool answers_for(const struct process *process, const struct process *target)
{
    struct service service;
    return target->parent_id == process->id || (services_find(process->id, &service) &&
                                                text_equal("supervisor", service.name));
}

bool protection_forbids(const struct process *target)
{
    const struct process *process = process_current();
    bool is_protected =
        target->rights & RIGHT_CRITICAL || event_process_is_client(target->id);
    return is_protected && process != target && !(process->rights & RIGHT_DEBUG) &&
           !answers_for(process, target) && !is_off();
}
