// Resets the machine through its port: no I/O permission at CPL 3.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    uint8_t value = PORT_RESET_SYSTEM | PORT_RESET_CPU;
    __asm__ volatile("outb %0, %w1" ::"a"(value), "Nd"(PORT_RESET_CONTROL));
    return crime_unpunished();
}
