// The security-event feed: the kernel tells subscribers what happens in the system, for
// example that a process has started or a pipe was opened. The sensor lives on it. The
// model is Apple's Endpoint Security, and the notification callbacks of Windows.
#ifndef EVENTS_EVENT_H
#define EVENTS_EVENT_H

#include <minios/abi.h>

struct process;

// Somebody who wants to hear of events. It is part of what its owner has already (a
// message port), so there can be as many as there is memory.
struct event_client {
    struct event_client *next;
    uint64_t mask;  // bit N: it wants events of type N
    void (*deliver)(struct event_client *client, const struct event *event);
};

// From now on the client gets the events of its mask. If it has subscribed already, it
// gets these in addition.
void event_subscribe(struct event_client *client, uint64_t mask);
void event_unsubscribe(struct event_client *client);

// Sends an event to all subscribers. It never waits, because a slow subscriber must not
// stop the system. If an inbox is full, that subscriber misses the event; it can see
// this by a gap in `sequence`. This function fills in who acted, the sequence and the
// time.
void event_post(const struct event *event);
void event_post_process(uint32_t type, const struct process *process);

#endif
