// The supervisor's restart policy, built for the host.
#include "restart_policy.h"

static struct restart_policy policy;

void host_clear(void)
{
    restart_clear(&policy);
}

// The delay before the next start in nanoseconds; UINT64_MAX = give up.
uint64_t host_decide(uint64_t lifetime)
{
    struct restart_verdict verdict = restart_decide(&policy, lifetime);
    return verdict.give_up ? UINT64_MAX : verdict.delay;
}
