// Computes with the FPU. Its registers are not kept for each thread, so the kernel keeps
// it switched off (CR0.EM).
// Expect: #NM
#include "crime.h"

int main(void)
{
    __asm__ volatile("fld1");
    return crime_unpunished();
}
