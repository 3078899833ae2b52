// Takes the interrupt descriptor table (IDT) away from the CPU. LIDT is privileged.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    static const uint8_t nothing[10];
    __asm__ volatile("lidt %0" ::"m"(nothing));
    return crime_unpunished();
}
