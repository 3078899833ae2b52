// Interrupts: who is called when a line of the board asks for attention.
#ifndef TRAPS_INTERRUPT_H
#define TRAPS_INTERRUPT_H

#include <minios/abi.h>
#include <stdbool.h>

typedef void interrupt_routine(void *argument);

// From now on the routine is called whenever the line interrupts, after the kernel's own
// service, at the level of the line and with interrupts off. 0, -ERROR_BAD_ARGUMENT (no
// such line) or -ERROR_NO_MEMORY (all places are taken).
[[gnu::warn_unused_result]] long
interrupt_connect(unsigned irq, interrupt_routine *routine, void *argument);

// Takes back what was connected with the same arguments. -ERROR_NOT_FOUND: nothing was.
[[gnu::warn_unused_result]] long
interrupt_disconnect(unsigned irq, interrupt_routine *routine, void *argument);

// Whether a connected routine is running; then nothing may wait.
bool interrupt_is_running(void);

// From the trap handler, at the line's level.
void interrupt_serve(unsigned irq);

#endif
