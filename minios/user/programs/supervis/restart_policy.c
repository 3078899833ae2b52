// When to start an extension again that has died. The whole rule is here, without a
// system call, so that tests can compile it outside the machine, too.
//
// The numbers, and which system each comes from, are in
// minios/abi/restart_policies.py. A policy can say four things: how long to wait after
// a death, how much time lies between two starts at least, how many starts are too
// many, and how many deaths. Two of the four systems never give up. But starting an
// extension again does not help if the reason is still there. Restart is not repair.
#include "restart_policy.h"

#include <minios/abi.h>

#define MILLISECOND UINT64_C(1000000)

#define ROW(...) {__VA_ARGS__},

static const struct restart_policy policies[] = {RESTART_POLICY_TABLE(ROW)};

static bool same(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

const struct restart_policy *restart_policy_named(const char *name)
{
    for (uint32_t i = 0; i < RESTART_COUNT; i++) {
        if (same(policies[i].name, name)) {
            return &policies[i];
        }
    }
    return &policies[0];
}

// How long to wait after the last of so many deaths in a row: first, wait, 2 wait, 4
// wait, ... longest.
static uint64_t wait_after(const struct restart_policy *policy, uint32_t deaths)
{
    if (deaths <= 1) {
        return policy->first * MILLISECOND;
    }
    uint64_t wait = policy->wait * MILLISECOND;
    uint64_t longest = policy->longest * MILLISECOND;
    for (uint32_t i = 2; i < deaths && wait < longest; i++) {
        wait *= 2;
    }
    return wait < longest ? wait : longest;
}

// Counts a start in the window. A start after its end begins the next one. Returns
// false if the policy allows no more starts in this window.
static bool count_start(const struct restart_policy *policy,
                        struct restart_history *history, uint64_t at)
{
    if (policy->starts == 0) {
        return true;
    }
    if (history->starts == 0 || at - history->window > policy->window * MILLISECOND) {
        history->starts = 1;
        history->window = at;
        return true;
    }
    return history->starts++ < policy->starts;
}

struct restart_verdict restart_decide(const struct restart_policy *policy,
                                      struct restart_history *history, uint64_t now,
                                      uint64_t lifetime)
{
    if (lifetime > policy->quiet * MILLISECOND) {
        history->deaths = 0;
    }
    if (history->starts == 0) {
        (void)count_start(policy, history, now - lifetime);  // the one that ended now
    }
    history->deaths++;
    uint64_t delay = wait_after(policy, history->deaths);
    uint64_t interval = policy->interval * MILLISECOND;
    if (lifetime < interval && delay < interval - lifetime) {
        delay = interval - lifetime;
    }
    bool is_last = policy->deaths != 0 && history->deaths >= policy->deaths;
    return (struct restart_verdict){
        .give_up = is_last || !count_start(policy, history, now + delay),
        .delay = delay,
    };
}

void restart_clear(struct restart_history *history)
{
    *history = (struct restart_history){0};
}
