// When to start an extension again that has died. The whole rule is here, without a
// system call, so that tests can compile it outside the machine, too.
//
// The waiting times are those of the reincarnation server in MINIX 3
// (minix/servers/rs/const.h and manager.c): after the first unexpected end it starts
// the program again at once, later after min(2^restarts, 30) seconds. Two rules are our
// own. If an extension has run for more than a minute, the trouble seems to be over,
// and the count begins again. After the fifth death in a row, we give up: starting it
// again does not help. Restart is not repair.
#include "restart_policy.h"

#define RESTART_PERIOD      UINT64_C(1000000000)   // one second, in nanoseconds
#define RESTART_LONGEST     (30 * RESTART_PERIOD)  // the longest wait
#define RESTART_QUIET_RUN   (60 * RESTART_PERIOD)  // a run that clears the count
#define RESTART_DEATH_LIMIT 5                      // after so many deaths, give up

struct restart_verdict restart_decide(struct restart_policy *policy, uint64_t lifetime)
{
    if (lifetime > RESTART_QUIET_RUN) {
        policy->deaths = 0;
    }
    uint32_t restarts = policy->deaths;
    policy->deaths++;
    if (policy->deaths == RESTART_DEATH_LIMIT) {
        return (struct restart_verdict){.give_up = true};
    }
    if (restarts == 0) {
        return (struct restart_verdict){.delay = 0};
    }
    uint64_t delay = RESTART_PERIOD << restarts;
    return (struct restart_verdict){
        .delay = delay < RESTART_LONGEST ? delay : RESTART_LONGEST,
    };
}

void restart_clear(struct restart_policy *policy)
{
    policy->deaths = 0;
}
