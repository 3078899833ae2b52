// The supervisor's restart policies, built for the host.
#include "restart_policy.h"

static const struct restart_policy *policy;
static struct restart_history history;

// Chooses a policy, and forgets all deaths. Returns its name.
const char *host_choose(const char *name)
{
    policy = restart_policy_named(name);
    restart_clear(&history);
    return policy->name;
}

void host_clear(void)
{
    restart_clear(&history);
}

// The delay before the next start in nanoseconds; UINT64_MAX = give up.
uint64_t host_decide(uint64_t now, uint64_t lifetime)
{
    struct restart_verdict verdict = restart_decide(policy, &history, now, lifetime);
    return verdict.give_up ? UINT64_MAX : verdict.delay;
}
