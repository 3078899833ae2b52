// Computes with the floating-point unit (FPU). The scheduler does not save its
// registers, so the kernel keeps it switched off (CR0.EM). The CPU raises #NM (device
// not available).
// Expect: #NM
#include "crime.h"

int main(void)
{
    __asm__ volatile("fld1");
    return crime_unpunished();
}
