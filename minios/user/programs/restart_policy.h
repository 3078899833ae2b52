// When to start a dead extension again: the whole rule, without a system call in it.
//
// The numbers are those of MINIX 3's reincarnation server (minix/servers/rs/const.h and
// manager.c): the first unexpected end is answered at once, the later ones after
// min(2^restarts, 30) periods of one second. Our own additions: a run of a minute shows
// that the trouble is over and clears the count; the fifth death of a burst means that
// starting again does not help. Restart is not repair.
#ifndef USER_RESTART_POLICY_H
#define USER_RESTART_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#define RESTART_PERIOD      UINT64_C(1000000000)   // one second, in nanoseconds
#define RESTART_LONGEST     (30 * RESTART_PERIOD)  // the longest wait
#define RESTART_QUIET_RUN   (60 * RESTART_PERIOD)  // a run that clears the count
#define RESTART_DEATH_LIMIT 5                      // deaths in one burst

struct restart_policy {
    uint32_t deaths;  // in this burst
};

struct restart_verdict {
    bool give_up;
    uint64_t delay;  // nanoseconds to wait before the next start
};

// What to do about a death after a run of `lifetime` nanoseconds.
static inline struct restart_verdict restart_decide(struct restart_policy *policy,
                                                    uint64_t lifetime)
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

// A new beginning: nothing of the past counts against it.
static inline void restart_clear(struct restart_policy *policy)
{
    policy->deaths = 0;
}

#endif
