// The boot status: one sector on the disk that remembers how the last starts went.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

#define BOOT_SETTLE_NANOSECONDS (BOOT_SETTLE_SECONDS * UINT64_C(1000000000))

// Notes on the disk that a start has begun. If the start before did not go well, counts
// it as failed. Called once, before any driver runs.
void boot_status_begin(void);

// A copy of the boot status as it is now. Every thread may ask.
struct boot_status boot_status_current(void);

void boot_status_set_mode(uint32_t mode);

// The CRC-32 of the service list that this start uses.
void boot_status_set_list(uint32_t checksum);

// Notes that the recovery environment begins (true), or that the start goes on (false).
void boot_status_recover(bool begins);

// Asks for a BOOT_MODE_ for the next start, and only for that one. Returns false if the
// disk cannot be written.
[[nodiscard]] bool boot_status_request(uint32_t mode);

// Notes that this start went well, or that somebody ended it on purpose. It then does
// not count as failed. In recovery this does nothing: leaving it does not repair
// anything.
void boot_status_settle(void);

// Notes that every automatic service has started. init reports this.
void boot_status_note_ready(void);

// The System thread of main.c waits here until the machine is ready.
void boot_status_wait_until_ready(void);
