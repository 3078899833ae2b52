// The kernel log: the last lines that the kernel itself has written to the console. The
// command `dmesg` of the shell shows them. What programs write is not part of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KERNEL_LOG_BYTES 16384  // what is older is dropped

// Called by console.c for each of the kernel's lines, at IRQL_HIGH.
void kernel_log_keep(const char *text, size_t size);

// Copies what was said from a position on, and moves the position on. Positions count the
// bytes since the start; if those of this position are dropped, goes on with the oldest that
// are not. Returns how many bytes were copied, 0 if there are no more.
[[nodiscard]] size_t kernel_log_read(uint64_t *position, char *buffer, size_t size);
