// The security-event feed: the kernel tells subscribers what happens in the system, for
// example that a process has started or a pipe was opened. The sensor lives on it. The
// model is Apple's Endpoint Security, and the notification callbacks of Windows.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct process;

// Makes a set of these types. -ERROR_BAD_ARGUMENT if one of them does not exist, or if
// there are more of them than types.
[[nodiscard]] long event_set_make(struct event_set *set, const uint32_t *types,
                                  size_t count);

// Whether each type of `some` is in `set`, too.
[[nodiscard]] bool event_set_includes(const struct event_set *set,
                                      const struct event_set *some);

// Somebody who wants to hear of events. It is part of what its owner has already (a
// message port), so there can be as many as there is memory.
struct event_client {
    struct event_client *next;
    struct event_set wanted;
    unsigned serving;  // calls of `deliver` that have not returned
    bool is_leaving;

    // Takes an event. It is called outside of all locks, at the IRQL of threads.
    void (*deliver)(struct event_client *client, const struct event *event);

    // The feed will not use the client any more. Called at IRQL_HIGH, once.
    void (*left)(struct event_client *client);
};

// From now on the client gets events of these types, in addition to those to which it has
// subscribed already. It must exist until `left` is called.
void event_subscribe(struct event_client *client, const struct event_set *wanted);

// From now on the client gets no events. If nobody is in `deliver`, it has left when this
// function returns, and otherwise when the last call of `deliver` has returned.
void event_unsubscribe(struct event_client *client);

// Sends an event to all subscribers: the oldest first. This function fills in who acted,
// the sequence and the time. The caller may hold no lock, and runs below
// IRQL_DISPATCH, because it goes through code of others. So whoever guards what the
// event is about fills in the event while it is guarded, and posts it afterwards.
//
// Today no subscriber makes the caller wait, because a slow subscriber must not stop the
// system. If an inbox is full, that subscriber misses the event; it can see this by a
// gap in `sequence`.
void event_post(struct event *event);
void event_post_process(uint32_t type, const struct process *process);
