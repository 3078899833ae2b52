// bench: measures what a system call costs, compared with work that stays in ring 3.
//
//     run bench calls 10000     makes so many system calls that do nothing
//     run bench rounds 10000    does so many rounds of arithmetic
#include "console.h"
#include "string.h"
#include "system.h"

// A function of its own (not inlined), so that the lab can also run just these bytes,
// with no operating system around them, and compare the times.
__attribute__((noinline)) uint64_t compute(uint64_t rounds)
{
    uint64_t state = 1;
    for (uint64_t i = 0; i < rounds; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return state;
}

static void call(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        sys_nothing();
    }
}

int main(const char *argument)
{
    uint64_t beginning = (uint64_t)sys_clock();
    uint64_t count;
    if (string_starts(argument, "calls ")) {
        count = string_number(argument + strlen("calls "));
        call(count);
    } else if (string_starts(argument, "rounds ")) {
        count = string_number(argument + strlen("rounds "));
        say("bench: result %lx", compute(count));
    } else {
        say("bench: say `calls NUMBER` or `rounds NUMBER`");
        return 1;
    }
    say("bench: %lu in %lu us of virtual time", count,
        ((uint64_t)sys_clock() - beginning) / 1000);
    return 0;
}
