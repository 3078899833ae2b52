// What the supervisor knows of one extension's life.
#ifndef USER_LIFE_H
#define USER_LIFE_H

#include <minios/abi.h>

#include "restart_policy.h"

enum life_state {
    LIFE_UNKNOWN,  // nobody has started it
    LIFE_RUNS,
    LIFE_PLANNED,  // dead; will be started at start_at
    LIFE_GAVE_UP,  // dead; starting it again does not help
    LIFE_HELD,     // dead; kept so, because somebody examines it
};

struct life {
    char name[NAME_SIZE];
    uint32_t process_id;  // 0 = not running
    uint32_t state;       // enum life_state
    uint32_t restarts;    // since this boot
    uint32_t is_held;     // 1 = when it dies, it is not started again
    struct restart_history history;
    uint64_t started;     // when it was last started, nanoseconds since boot
    uint64_t start_at;    // when to start it
    uint64_t delay;       // how long that start has to wait
    uint64_t away_since;  // when it was lost; 0 = it is there
    uint64_t away;        // how long it was away all in all, without the time now
};

#endif
