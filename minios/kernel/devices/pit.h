// The timer (8254 PIT, "programmable interval timer"). Its interrupts let the scheduler
// take the CPU away from a thread that does not give it back by itself.
#pragma once

// Starts the timer with PORT_TICK_HZ interrupts a second, and switches its line on.
void pit_start(void);
