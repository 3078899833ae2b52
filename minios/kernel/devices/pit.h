// The 8254 timer: the heartbeat of preemption.
#ifndef DEVICES_PIT_H
#define DEVICES_PIT_H

// Starts channel 0 at TICK_HZ and lets its interrupt through.
void pit_start(void);

#endif
