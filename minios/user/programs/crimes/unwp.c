// Clears CR0.WP, so that ring 0 could write to read-only pages. A write to CR0 is
// privileged.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    __asm__ volatile("movq %0, %%cr0" ::"r"(0x80000011UL));
    return crime_unpunished();
}
