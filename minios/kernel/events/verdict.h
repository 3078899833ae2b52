// Verdicts of clients in ring 3: what was asked, and is not answered yet. verdict.c has
// the drawing. The functions are called at IRQL_HIGH, except event_respond.
#pragma once

#include "events/client.h"
#include "tasks/thread.h"

// One message that waits for a verdict.
struct request {
    struct request *next;
    struct question *question;
    struct event_client *client;
    const struct event *event;
    uint64_t message_id;
    uint64_t sent;      // a time in nanoseconds
    uint64_t deadline;  // a tick
};

// What one thread wants to know. It lies on the stack of this thread, with a request for
// each client: the thread waits until all of them are answered, so the stack stays.
struct question {
    unsigned open;              // requests without an answer
    unsigned asked;             // requests that are used
    bool is_denied;             // one client is enough
    char denied_by[NAME_SIZE];  // the first that did
    struct wait_queue asker;
    struct request requests[EVENT_CLIENTS_LIMIT];
};

// What is asked is denied because of this client. The caller counts it if the client has
// said so itself: the kernel may have decided without it.
void verdict_deny(struct question *question, struct event_client *client);

// Sends the event to the client, with a deadline. If there is no room for the message,
// the client's mode decides.
void verdict_request(struct event_client *client, struct event *event,
                     struct question *question);

// Waits until the question has no open request. What is not answered in time is decided
// by the mode of its client. False: the thread that asks is being killed.
[[nodiscard]] bool verdicts_wait(struct question *question);

// A client answers one of its messages: EVENT_VERDICT_ALLOW or EVENT_VERDICT_DENY, and
// EVENT_VERDICT_KEEP with it if the kernel need not ask again. Returns 0 or
//
//     -ERROR_BAD_ARGUMENT   this is no verdict
//     -ERROR_NOT_PERMITTED  the message was sent to another client
//     -ERROR_ANSWERED       it was answered before, or the deadline has passed
//     -ERROR_NOT_FOUND      no such message was ever sent
[[nodiscard]] long event_respond(struct event_client *client, uint64_t message_id,
                                 uint32_t verdict);

// The client is leaving. Nobody waits for it any more: what it has not answered is
// allowed. (What a real system does then is not documented. This is our choice.)
void verdicts_of_client_end(const struct event_client *client);
