// Devices that a driver in ring 3 may have: who has which, and how their interrupts reach
// a process. device.c draws the way of an interrupt.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct port;
struct process;

// Whether a plugin with this manifest may have the device that it names: 0,
// -ERROR_NOT_PERMITTED if this is no device for drivers, or -ERROR_IN_USE if another
// driver has it, in either ring. Called at IRQL_HIGH, until it is entered as the one that
// has it.
[[nodiscard]] long device_check(const struct device_grant *grant);

// From now on each interrupt of this line of the current process comes to a port of it,
// as a MESSAGE_INTERRUPT. Returns 0, -ERROR_NOT_PERMITTED if the line is not granted,
// -ERROR_EXISTS if it is connected, or -ERROR_NO_MEMORY.
[[nodiscard]] long device_connect(unsigned irq, struct port *port);

// The current process has served the last interrupt of the line. The next one may come.
[[nodiscard]] long device_done(unsigned irq);
[[nodiscard]] long device_disconnect(unsigned irq);

// Called when a process ends, while it can still be named. No interrupt comes to it any
// more, and its device is brought to rest.
void device_release(struct process *process);
