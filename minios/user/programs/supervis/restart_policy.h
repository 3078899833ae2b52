// How often an extension has died, and what follows from that (see restart_policy.c).
#ifndef USER_RESTART_POLICY_H
#define USER_RESTART_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct restart_policy {
    uint32_t deaths;  // in a row, without a long run between them
};

struct restart_verdict {
    bool give_up;
    uint64_t delay;  // nanoseconds to wait before the next start
};

// Decides what to do after a death. The extension had run for `lifetime` nanoseconds.
struct restart_verdict restart_decide(struct restart_policy *policy, uint64_t lifetime);

// Forgets the deaths so far, for example because the extension got new content.
void restart_clear(struct restart_policy *policy);

#endif
