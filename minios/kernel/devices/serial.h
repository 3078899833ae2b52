// The two 16550 UARTs: COM1 is the console, COM2 the link that updates arrive by.
#ifndef DEVICES_SERIAL_H
#define DEVICES_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

enum serial_line { SERIAL_CONSOLE, SERIAL_LINK };

// Output works from here on; input only after serial_enable_input.
void serial_initialize(void);
void serial_enable_input(void);

void serial_write(enum serial_line line, const char *text, size_t size);

// Waits for at least one byte; returns what is there, or 0 if the thread is being killed.
size_t serial_read(enum serial_line line, char *buffer, size_t size);

// From the interrupt of that line.
void serial_interrupt(enum serial_line line);

#endif
