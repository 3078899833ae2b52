// The boot status: a sector that remembers how the last starts went.
#ifndef STARTUP_BOOT_STATUS_H
#define STARTUP_BOOT_STATUS_H

#include <minios/abi.h>
#include <stdbool.h>

#define BOOT_SETTLE_NANOSECONDS (BOOT_SETTLE_SECONDS * UINT64_C(1000000000))

// Notes on the disk that a start has begun. If the start before it never settled, it
// failed: that is counted. Call it once, before anything from outside runs.
void boot_status_begin(void);

// What was found, and what has been decided since. Every thread may look.
struct boot_status boot_status_current(void);

void boot_status_set_mode(uint32_t mode);

// The CRC-32 of the service list that this start uses.
void boot_status_set_list(uint32_t checksum);

// The recovery environment begins, or the start goes on behind it.
void boot_status_recover(bool begins);

// Asks for a BOOT_MODE_ of the next start, that one alone. False: the disk fails.
[[gnu::warn_unused_result]] bool boot_status_request(uint32_t mode);

// This start has gone well, or is ended on purpose: it does not count as failed. In
// recovery nothing changes: what has failed before is not mended by leaving.
void boot_status_settle(void);

// ---- Ready, and two minutes later.

// Every automatic service is up.
void boot_status_note_ready(void);

// For the System thread: waits until the machine is ready ...
void boot_status_wait_until_ready(void);

// ... and, once it has run for BOOT_SETTLE_SECONDS, says that this start was a good one.
void boot_status_note_settled(void);

#endif
