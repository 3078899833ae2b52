// The timer (Intel 8254 datasheet, "Mode 2: rate generator"); see pit.h.
#include "devices/pit.h"

#include "arch/cpu.h"
#include "interrupts/interrupt.h"
#include "tasks/thread.h"

#define CHANNEL_0 0
#define CONTROL   3

// The control byte, bit by bit:
// 7 6        5 4               3 2 1   0
// channel 0, low then high byte, mode 2, binary
#define CHANNEL_0_RATE_GENERATOR 0x34

static void pit_interrupt(void *argument)
{
    (void)argument;
    thread_tick();
}

void pit_start(void)
{
    uint16_t divisor = PORT_PIT_HZ / PORT_TICK_HZ;
    cpu_out8(PORT_PIT + CONTROL, CHANNEL_0_RATE_GENERATOR);
    cpu_out8(PORT_PIT + CHANNEL_0, (uint8_t)divisor);
    cpu_out8(PORT_PIT + CHANNEL_0, (uint8_t)(divisor >> 8));
    interrupt_claim(IRQ_TIMER, pit_interrupt, NULL);
}
