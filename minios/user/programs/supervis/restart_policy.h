// When an extension that has died is started again (see restart_policy.c).
#ifndef USER_RESTART_POLICY_H
#define USER_RESTART_POLICY_H

#include <stdbool.h>
#include <stdint.h>

// A rule; minios/abi/restart_policies.py explains each column. Times are milliseconds,
// 0 = no such rule.
struct restart_policy {
    const char *name;
    uint32_t first, wait, longest;  // the wait after a death
    uint32_t interval;              // the shortest time from start to start
    uint32_t starts, window;        // at most so many starts in a window
    uint32_t deaths;                // give up at so many in a row
    uint32_t quiet;                 // a longer run ends the row of deaths
    uint32_t ping, silence;         // between pings; without an answer: it hangs
};

// What has happened to one extension. All zero = nothing yet.
struct restart_history {
    uint32_t deaths;  // in a row, without a long run between them
    uint32_t starts;  // in the window; 0 = no window has begun
    uint64_t window;  // when it began, nanoseconds since boot
};

struct restart_verdict {
    bool give_up;
    uint64_t delay;  // nanoseconds to wait before the next start
};

// The policy with this name, or the first one if there is none.
const struct restart_policy *restart_policy_named(const char *name);

// Decides what to do after a death at the time `now`. The extension had run for
// `lifetime`. All times are nanoseconds.
struct restart_verdict restart_decide(const struct restart_policy *policy,
                                      struct restart_history *history, uint64_t now,
                                      uint64_t lifetime);

// Forgets what has happened, for example because the extension got new content.
void restart_clear(struct restart_history *history);

#endif
