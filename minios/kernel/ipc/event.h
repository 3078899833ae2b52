// The security-event feed: the kernel tells subscribers what happens in the system, for
// example that a process has started or a pipe was opened. The sensor lives on it. The
// model is Apple's Endpoint Security, and the notification callbacks of Windows.
#ifndef IPC_EVENT_H
#define IPC_EVENT_H

#include <minios/abi.h>

struct port;
struct process;

// From now on sends to the port the events whose bit (1 << type) is in `mask`, until
// the port closes. Returns 0 or a negated ERROR_.
[[gnu::warn_unused_result]] long event_subscribe(struct port *port, uint64_t mask);

// Ends all subscriptions of a port. port_close calls it, at IRQL_HIGH.
void event_forget(const struct port *port);

// Sends an event to all subscribers. It never waits, because a slow subscriber must not
// stop the system. If an inbox is full, that subscriber misses the event; it can see
// this by a gap in `sequence`. This function fills in who acted, the sequence and the
// time.
void event_post(const struct event *event);
void event_post_process(uint32_t type, const struct process *process);

#endif
