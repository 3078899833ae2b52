// Calling a driver's functions for events and messages. They run one at a time, so that the
// driver needs no locks.
#pragma once

#include <minios/abi.h>

struct driver;

// Both are called on the driver's own thread. If the sender of a message waits, it gets the
// driver's answer.
void driver_hear(struct driver *driver, const struct event *event);
void driver_answer(struct driver *driver, const struct message *message);

// Subscribes a driver to security events. For AUTH events, its function `authorize` is
// called on the thread that wants to do something.
[[nodiscard]] long driver_subscribe(struct driver *driver,
                                    const struct event_set *wanted);
