// Loops for ever. The timer takes the CPU away from it a hundred times a second, so all
// other programs go on.
// Expect: no end
#include "crime.h"

int main(void)
{
    for (;;) {
        __asm__ volatile("");
    }
}
