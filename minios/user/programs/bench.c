// bench: what a crossing of the ring border costs, against work that stays in ring 3.
// Run it with a count: `run bench 10000`.
#include "console.h"
#include "string.h"
#include "system.h"

enum { DEFAULT_COUNT = 10000 };

static uint64_t microseconds_since(uint64_t beginning)
{
    return ((uint64_t)sys_clock() - beginning) / 1000;
}

static uint64_t compute(uint64_t rounds)
{
    uint64_t state = 1;
    for (uint64_t i = 0; i < rounds; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return state;
}

int main(const char *argument)
{
    uint64_t count = string_number(argument);
    count = count == 0 ? DEFAULT_COUNT : count;

    uint64_t beginning = (uint64_t)sys_clock();
    for (uint64_t i = 0; i < count; i++) {
        sys_nothing();
    }
    say("bench: %lu system calls in %lu us", count, microseconds_since(beginning));

    beginning = (uint64_t)sys_clock();
    uint64_t result = compute(count);
    say("bench: %lu rounds of arithmetic in %lu us, result %lx", count,
        microseconds_since(beginning), result);
    return 0;
}
