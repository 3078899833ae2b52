// The two serial lines (16550 UARTs): COM1 is the console, COM2 the link to the vendor,
// through which updates arrive.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum serial_line { SERIAL_CONSOLE, SERIAL_LINK };

// Called by kernel_main. Output works after the first, input after the second: input
// needs interrupts and threads.
void serial_initialize(void);
void serial_enable_input(void);

void serial_write(enum serial_line line, const char *text, size_t size);

// Waits for at least one byte. Returns how many were read, or 0 if the thread was
// killed.
size_t serial_read(enum serial_line line, char *buffer, size_t size);

// Waits until there is something to read. Returns false if the time is over.
[[nodiscard]] bool serial_wait(enum serial_line line, uint64_t timeout);

// Whether something was typed and not read yet. Also looks at what has come without an
// interrupt so far: the UART waits a little for more bytes.
[[nodiscard]] bool serial_is_typed(enum serial_line line);

// Whether these characters are part of what was typed and not read yet. If so, discards
// all of that input. boot_mode.c looks for F8 with it.
[[nodiscard]] bool serial_take_if_typed(enum serial_line line, const char *keys);
