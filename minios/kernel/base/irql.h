// IRQL, the interrupt request level: how urgent the current work is, and so what may
// interrupt it. Only more urgent work may interrupt less urgent work. The idea and the
// numbers are those of x64 Windows.
//
//    0     IRQL_PASSIVE   threads; the scheduler may switch between them
//    2     IRQL_DISPATCH  no other thread runs; nothing may wait
//    3-12  device levels  an interrupt line has one of them (irql_of_line)
//   13     IRQL_CLOCK     the timer's interrupt
//   14     IRQL_IPI       messages between CPUs, loss of power: not used here
//   15     IRQL_HIGH      no interrupts at all
//
// Code at level 2 or above must not wait: the scheduler does not run there, so nobody
// could end the wait. It must not touch memory that may have no page either. If it
// does, the machine stops with 0xA or 0xD1. From level 3 up, interrupts are switched
// off.
#pragma once

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

// Raises the level if it is lower. Returns the level before, for irql_lower.
[[nodiscard]] enum irql irql_raise(enum irql level);

// Goes back to the level before. Below device level, interrupts are switched on again.
void irql_lower(enum irql level);

// The level at which an interrupt line is served.
enum irql irql_of_line(unsigned irq);

// Sets the level and leaves the interrupt flag alone. For the code that runs when a
// trap begins and ends: there the CPU itself has changed the flag.
void irql_set(enum irql level);
