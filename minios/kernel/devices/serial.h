// The two 16550 UARTs: COM1 is the console, COM2 the link that updates arrive by.
#ifndef DEVICES_SERIAL_H
#define DEVICES_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum serial_line { SERIAL_CONSOLE, SERIAL_LINK };

// Output works from here on; input only after serial_enable_input.
void serial_initialize(void);
void serial_enable_input(void);

void serial_write(enum serial_line line, const char *text, size_t size);

// Waits for at least one byte; returns what is there, or 0 if the thread is being killed.
size_t serial_read(enum serial_line line, char *buffer, size_t size);

// Waits until there is something to read. False: the time is over.
[[gnu::warn_unused_result]] bool serial_wait(enum serial_line line, uint64_t timeout);

// Whether these characters stand in what has been typed and not been read; if so, all
// of that is thrown away.
[[gnu::warn_unused_result]] bool serial_take_if_typed(enum serial_line line,
                                                      const char *keys);

// From the interrupt of that line.
void serial_interrupt(enum serial_line line);

#endif
