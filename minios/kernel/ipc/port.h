// Message ports: named inboxes. The kernel's own threads have them, too.
#ifndef IPC_PORT_H
#define IPC_PORT_H

#include <minios/abi.h>
#include <stdbool.h>

struct port;

// Each returns 0, or a negated ERROR_.

// A new inbox, owned by the caller. -ERROR_EXISTS if the name is taken.
[[gnu::warn_unused_result]] long port_create(const char *name, struct port **port);

// An inbox to send to. The caller holds a reference until port_release.
[[gnu::warn_unused_result]] long port_connect(const char *name, struct port **port);
void port_retain(struct port *port);
void port_release(struct port *port);

// Sends from the kernel itself: `sender` is 0, which no process can pretend.
[[gnu::warn_unused_result]] long port_notify(struct port *port,
                                             const struct message *message);

// The owner leaves: the name is free again, senders and callers get -ERROR_CLOSED.
void port_close(struct port *port);

// Never waits. -ERROR_WOULD_BLOCK if the inbox is full. `sender` is filled in.
[[gnu::warn_unused_result]] long port_send(struct port *port,
                                           const struct message *message);
[[gnu::warn_unused_result]] long
port_receive(struct port *port, struct message *message, uint64_t timeout);

// Sends, and waits for the answer, which replaces the message.
[[gnu::warn_unused_result]] long port_call(struct port *port, struct message *message,
                                           uint64_t timeout);
[[gnu::warn_unused_result]] long port_reply(uint32_t call_id,
                                            const struct message *message);

// A process has ended: nobody will answer what it was asked.
void port_forget_calls(uint32_t process_id);

#endif
