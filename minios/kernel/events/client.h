// Clients of the security-event feed: who wants to hear of what, and how long the kernel
// waits for a verdict. The model is Apple's Endpoint Security (es_new_client and the
// functions after it), and the callbacks that Windows offers to drivers.
//
// A client in ring 3 is part of a message port (ipc/port.c), and its events are sent to
// the port. A driver is asked by a call of its function: it is in the same ring, so
// nothing has to be crossed. It is told by a message to its port; in the model linux by
// a call, too. An eBPF object (bpf/) has no port, and is always called.
#pragma once

#include "events/event_set.h"

struct event_client;

// How a client is reached. `owner` is its port, or whatever the functions are to get.
struct event_link {
    void *owner;
    uint32_t process_id;   // whose it is; 0 = a driver or a program of ring 0
    char name[NAME_SIZE];  // of its program or driver

    // Takes a message, and says whether there was room. Called at IRQL_HIGH.
    bool (*deliver)(void *owner, const struct event *event);

    // Calls code of ring 0, on the thread that has done something. NULL: `deliver` is
    // used.
    void (*hear)(void *owner, const struct event *event);

    // Asks code of ring 0 for its verdict, on the thread that wants to do something. NULL:
    // the client is in ring 3, and answers by event_respond.
    uint32_t (*authorize)(void *owner, const struct event *event);

    // The feed will not use the client any more. Called at IRQL_HIGH, once.
    void (*left)(void *owner);
};

#define EVENT_MUTES_LIMIT  16
#define EVENT_CACHED_LIMIT 16

// A verdict that the client allowed the kernel to keep. It holds for the same question
// alone: if a program may open a file to read it, nothing is said about writing.
struct event_verdict {
    uint32_t verdict;
    struct event event;
};

struct event_client {
    struct event_client *next;
    struct event_link link;
    uint32_t id;  // counted from 1; no number is used twice
    struct event_set wanted;
    uint32_t messages;   // how many it should have got: the low half of message_id
    uint32_t dropped;    // of these, those that found no room
    uint32_t missed;     // verdicts that came too late, or never
    uint32_t denied;     // operations that it has forbidden
    uint32_t open;       // messages that wait for its verdict
    uint32_t miss_mode;  // EVENT_MISS_
    uint32_t mute_count;
    uint32_t inverted;  // bits 1 << EVENT_MUTE_
    uint32_t cached;    // how many verdicts were kept; the newest replaces the oldest
    uint64_t deadline;  // nanoseconds that it has for a verdict
    unsigned calls;     // of `hear` and `authorize` that have not returned
    bool is_leaving;
    struct event_mute mutes[EVENT_MUTES_LIMIT];
    struct event_verdict verdicts[EVENT_CACHED_LIMIT];
};

// From now on the port gets events of these types, in addition to those to which it has
// subscribed already. `*client` is NULL before the first subscription. -ERROR_NO_SLOT:
// there are EVENT_CLIENTS_LIMIT clients already; a limit that real systems have, too.
[[nodiscard]] long event_subscribe(struct event_client **client,
                                   const struct event_link *link,
                                   const struct event_set *wanted);

// Hides events from the client (or with `listed` false shows them again): those of one
// process, of a program, or about a path. -ERROR_NO_MEMORY: the list is full.
[[nodiscard]] long event_mute(struct event_client *client,
                              const struct event_mute *mute, bool listed);

// Changes a setting of the client: EVENT_SETTING_. -ERROR_BAD_ARGUMENT: there is no such
// setting or value. A deadline can only be made shorter.
[[nodiscard]] long event_set_setting(struct event_client *client, uint32_t setting,
                                     uint64_t value);

// Whether a verdict may be kept about something. Ask this first, where it costs something
// to find out a path.
[[nodiscard]] bool event_keeps_verdicts(void);

// The bytes or the name of a file have changed: no verdict about it is kept any longer.
// If it is a folder, the same is true of everything in it.
void event_forget_path(const char *path);

// Whether this process is a client.
[[nodiscard]] bool event_process_is_client(uint32_t process_id);

// What is known of the index-th client, or false.
[[nodiscard]] bool event_client_query(uint32_t index, struct event_client_entry *entry);

// ---- For the other files of this folder, at IRQL_HIGH.

extern struct event_client *event_clients;  // the oldest first
extern struct event_set event_wanted;       // the types that somebody wants

// The name of what the event is about (a path, if it is a file), or NULL.
const char *event_target(const struct event *event);

// Whether the client wants this event, and has not muted it.
[[nodiscard]] bool event_concerns(const struct event_client *client,
                                  const struct event *event);

// Sends the message, and counts it. False if it had to be dropped.
bool event_send(struct event_client *client, struct event *event);

// The verdict that was kept for such an event, or EVENT_VERDICT_NONE.
[[nodiscard]] uint32_t event_kept_verdict(const struct event_client *client,
                                          const struct event *event);
void event_keep_verdict(struct event_client *client, const struct event *event,
                        uint32_t verdict);

// Marks a client that wants to leave, and lets it leave if it can.
void event_begin_to_leave(struct event_client *client);

// Takes a client off the list that wants to leave, unless its code is being called. Then
// the next call of this function does it.
void event_let_leave(struct event_client *client);
