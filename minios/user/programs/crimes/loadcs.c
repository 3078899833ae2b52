// Returns to the kernel's code segment, to be in ring 0: a far return cannot raise rights.
// Expect: #GP 0x8
#include "crime.h"

int main(void)
{
    __asm__ volatile("pushq %0\n\t"
                     "pushq $1f\n\t"
                     "lretq\n"
                     "1:" ::"i"(SEGMENT_KERNEL_CODE));
    return crime_unpunished();
}
