// Divides by zero. The CPU raises #DE (divide error).
// Expect: #DE
#include "crime.h"

int main(void)
{
    __asm__ volatile("xorl %%edx, %%edx\n\tdivl %%edx" ::: "eax", "edx", "cc");
    return crime_unpunished();
}
