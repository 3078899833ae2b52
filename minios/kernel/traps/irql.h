// IRQL: how urgent the current work is, and so what may interrupt it. The numbers are
// those of x64 Windows.
//
//    0     IRQL_PASSIVE   threads, with preemption
//    2     IRQL_DISPATCH  no other thread runs; nothing may wait
//    3-12  device levels  an interrupt line has one of them (irql_of_line)
//   13     IRQL_CLOCK     the timer's interrupt
//   14     IRQL_IPI       messages between CPUs, loss of power: not used here
//   15     IRQL_HIGH      no interrupts at all
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
    IRQL_DEVICE = 3,  // the lowest level of a device
    IRQL_CLOCK = 13,
    IRQL_IPI = 14,
    IRQL_HIGH = 15,
};

enum irql irql_current(void);

// Raises, and returns the level to go back to. Never lowers.
[[gnu::warn_unused_result]] enum irql irql_raise(enum irql level);

// Goes back down; interrupts come on again below device level.
void irql_lower(enum irql level);

// The level at which an interrupt line is served.
enum irql irql_of_line(unsigned irq);

// For trap entry and exit, where the CPU has switched the interrupt flag itself.
void irql_set(enum irql level);

#endif
