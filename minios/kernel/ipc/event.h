// The security-event feed: what happens in the system, told to whoever has subscribed.
#ifndef IPC_EVENT_H
#define IPC_EVENT_H

#include <minios/abi.h>

struct port;
struct process;

// Sends events whose bit (1 << type) is in `mask` to the port, until the port closes.
// 0 or a negated ERROR_.
[[gnu::warn_unused_result]] long event_subscribe(struct port *port, uint64_t mask);

// Ends all of a port's subscriptions. Called at IRQL_HIGH, by the port that closes.
void event_forget(const struct port *port);

// Notifies, never waits: an inbox that is full misses the event (a gap in `sequence`).
// Who acted, sequence and time are filled in.
void event_post(const struct event *event);
void event_post_process(uint32_t type, const struct process *process);

#endif
