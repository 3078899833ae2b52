// Loads other page tables into CR3, and with them other rights. A write to CR3 is
// privileged.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("movq %0, %%cr3" ::"r"(0UL));
    return crime_unpunished();
}
