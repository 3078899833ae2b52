// Moves the entry of the system calls: WRMSR is privileged (0xc0000082 is LSTAR).
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("wrmsr" ::"c"(0xc0000082), "a"(0), "d"(0));
    return crime_unpunished();
}
