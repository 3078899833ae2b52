// Interrupts of devices: which code is called when a line asks for attention.
#pragma once

#include <stdbool.h>

typedef void interrupt_routine(void *argument);

// Called once for each device of the kernel's own. From now on its driver is called at
// each interrupt of the line, before anybody else.
void interrupt_claim(unsigned irq, interrupt_routine *routine, void *argument);

// Connects a routine to a line. From now on it is called at each interrupt of the line,
// after the kernel's own driver, at the IRQL of the line and with interrupts off.
// Windows calls such a routine an ISR (interrupt service routine). Returns 0,
// -ERROR_BAD_ARGUMENT (no such line) or -ERROR_NO_MEMORY (all places are taken).
[[nodiscard]] long interrupt_connect(unsigned irq, interrupt_routine *routine,
                                     void *argument);

// Removes what was connected with the same arguments. Returns -ERROR_NOT_FOUND if there
// is nothing to remove.
[[nodiscard]] long interrupt_disconnect(unsigned irq, interrupt_routine *routine,
                                        void *argument);

// Called by trap.c at each interrupt, at the IRQL of the line.
void interrupt_serve(unsigned irq);

// Whether the code that runs now is a routine of an interrupt, or was called by one.
[[nodiscard]] bool interrupt_is_served(void);

// Removes all routines of drivers: the kernel is crashing, and only counts the time.
void interrupt_forget_connections(void);
