// IRQL: how urgent is what the CPU does now, and so what may interrupt it.
//
//   0  IRQL_PASSIVE   threads, with preemption
//   2  IRQL_DISPATCH  no other thread runs; nothing may wait
//   3+ device levels  IRQ n is served at IRQL_DEVICE + n
//  31  IRQL_HIGH      no interrupts at all
//
// Code that runs at 2 or above must not wait and must not touch memory that could be
// absent: the stop codes 0xA and 0xD1 say that it did. From device level up, interrupts
// are off.
#ifndef TRAPS_IRQL_H
#define TRAPS_IRQL_H

enum irql {
    IRQL_PASSIVE = 0,
    IRQL_APC = 1,
    IRQL_DISPATCH = 2,
    IRQL_DEVICE = 3,
    IRQL_HIGH = 31,
};

enum irql irql_current(void);

// Raises, and returns the level to go back to. Never lowers.
[[gnu::warn_unused_result]] enum irql irql_raise(enum irql level);

// Goes back down; interrupts come on again below device level.
void irql_lower(enum irql level);

// For trap entry and exit, where the CPU has switched the interrupt flag itself.
void irql_set(enum irql level);

#endif
