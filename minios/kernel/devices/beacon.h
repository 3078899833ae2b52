// The beacon: how the kernel tells the world outside the machine what happened.
//
// The beacon is an I/O port of our emulator. The kernel writes the physical address of
// a struct record to it, and the emulator reads the record from memory. Real hardware
// has no such device; on QEMU nobody listens, and the write has no effect. Why not read
// the console instead? Any program can print any text there, but ring 3 cannot use a
// port.
#pragma once

#include <minios/abi.h>

void beacon_report(const struct record *record);
