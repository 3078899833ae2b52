// Calls itself until its stack is used up. Then it touches the guard page below the
// stack, which is not mapped.
// Expect: #PF 0x6
#include "crime.h"

static uint64_t descend(uint64_t depth)
{
    volatile uint64_t here[16] = {depth};
    if (depth == UINT64_MAX) {
        return 0;
    }
    return descend(depth + 1) + here[0];
}

int main(void)
{
    (void)descend(0);
    return crime_unpunished();
}
