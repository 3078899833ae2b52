// Message ports: an inbox with a name, to which others send messages of a fixed size.
// The owner receives them. Processes use ports by system calls; threads of the kernel,
// such as those of drivers, use these functions directly.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct port;

// Each returns 0, or a negated ERROR_.

// Makes an inbox that the caller owns. -ERROR_EXISTS if the name is taken.
[[nodiscard]] long port_create(const char *name, struct port **port);

// Finds an inbox to send to. It stays in memory until the caller calls port_release.
[[nodiscard]] long port_connect(const char *name, struct port **port);
void port_retain(struct port *port);
void port_release(struct port *port);

// Sends a message from the kernel itself. Its `sender` is 0. No process can forge this,
// because the kernel fills in the sender of every message.
[[nodiscard]] long port_notify(struct port *port, const struct message *message);

// The owner closes its inbox. The name is free again; senders get -ERROR_CLOSED, and so
// does whoever waits for an answer: otherwise it would wait for ever.
void port_close(struct port *port);

// Whether the owner still has it open.
bool port_is_open(const struct port *port);

// From now on the security events of these types come into the inbox, until the port
// closes. A driver gives functions to be called instead (struct event_link), a process
// NULL. -ERROR_CLOSED if the port is closed already; see also event_subscribe.
struct port_calls {
    void (*hear)(void *port, const struct event *event);
    uint32_t (*authorize)(void *port, const struct event *event);
};
[[nodiscard]] long port_subscribe(struct port *port, const struct event_set *wanted,
                                  const struct port_calls *calls);

// The client that the port has become by subscribing, or NULL. It exists until the owner
// closes the port.
struct event_client *port_client(const struct port *port);

// Sends without waiting. -ERROR_WOULD_BLOCK if the inbox is full. Fills in `sender`.
[[nodiscard]] long port_send(struct port *port, const struct message *message);
[[nodiscard]] long port_receive(struct port *port, struct message *message,
                                uint64_t timeout);

// Sends a message and waits for the answer, which replaces the message.
[[nodiscard]] long port_call(struct port *port, struct message *message,
                             uint64_t timeout);
[[nodiscard]] long port_reply(uint32_t call_id, const struct message *message);
