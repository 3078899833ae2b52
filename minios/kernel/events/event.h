// The security-event feed: the kernel tells clients what happens in the system, and asks
// them before something happens. The sensor lives on it. The model is Apple's Endpoint
// Security, and the callbacks that Windows offers to drivers.
//
// There are two kinds of types (minios/abi/security_events.py):
//
//     NOTIFY_  something has happened. Nobody waits for the clients
//     AUTH_    somebody wants to do something. The thread waits until each client that
//              has subscribed has given its verdict, or its deadline has passed
//
// Whoever posts or asks holds no lock and runs below IRQL_DISPATCH, because it goes
// through code of others, and may wait. So what the event is about is written down while
// it is guarded, and posted afterwards. An AUTH event comes before anything is changed: a
// denied operation must have had no effect.
#pragma once

#include "events/client.h"

struct process;

// Whether somebody wants events of this type. Ask this first, where it costs something
// to describe what has happened.
static inline bool event_is_wanted(uint32_t type)
{
    return event_set_has(&event_wanted, type);
}

// Tells all clients that are concerned, the oldest first. Fills in who acted, the sequence
// and the time. If there is no room for a message, this client misses it; it can see this
// by a gap in `message_id`.
void event_post(struct event *event);

// Asks all clients that are concerned. Returns 0 if none denies it, -ERROR_DENIED, or
// -ERROR_CLOSED if the thread is being killed while it waits.
[[nodiscard]] long event_ask(struct event *event);

// From now on the client gets no events. What waits for its verdicts goes on. If a driver
// is being asked, the client has left when the last call has returned; otherwise it has
// left when this function returns.
void event_unsubscribe(struct event_client *client);

// Describes a process as the subject of an event.
struct event event_of_process(uint32_t type, const struct process *process);
