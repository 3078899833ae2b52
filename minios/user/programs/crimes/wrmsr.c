// Changes the address to which `syscall` jumps in ring 0 (the register LSTAR,
// 0xc0000082). WRMSR is privileged.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("wrmsr" ::"c"(0xc0000082), "a"(0), "d"(0));
    return crime_unpunished();
}
