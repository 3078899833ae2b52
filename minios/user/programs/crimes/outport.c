// Resets the machine through an I/O port. Ring 3 may use no port.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    uint8_t value = PORT_RESET_SYSTEM | PORT_RESET_CPU;
    __asm__ volatile("outb %0, %w1" ::"a"(value), "Nd"(PORT_RESET_CONTROL));
    return crime_unpunished();
}
