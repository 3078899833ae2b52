// The beacon: how the guest tells the outside what happened.
//
// One port. A 32-bit write of the physical address of a struct record makes the machine
// read it. Real hardware has no such device; where nobody listens the write is lost.
#ifndef DEVICES_BEACON_H
#define DEVICES_BEACON_H

#include <minios/abi.h>

void beacon_report(const struct record *record);

#endif
