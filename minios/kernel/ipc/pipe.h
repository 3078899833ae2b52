// Named pipes: a server makes one, clients open it one at a time, bytes go both ways.
#ifndef IPC_PIPE_H
#define IPC_PIPE_H

#include <minios/abi.h>

struct pipe;

// Each returns 0 or a count, or a negated ERROR_. Creating and opening are security
// events.
[[gnu::warn_unused_result]] long pipe_create(const char *name, struct pipe **pipe);
[[gnu::warn_unused_result]] long pipe_open(const char *name, struct pipe **pipe);
void pipe_close_server(struct pipe *pipe);
void pipe_close_client(struct pipe *pipe);

enum pipe_end { PIPE_SERVER, PIPE_CLIENT };

// Reading waits for a byte, writing for room. -ERROR_CLOSED when the other end has gone.
[[gnu::warn_unused_result]] long pipe_read(struct pipe *pipe, enum pipe_end end,
                                           char *buffer, size_t size);
[[gnu::warn_unused_result]] long pipe_write(struct pipe *pipe, enum pipe_end end,
                                            const char *buffer, size_t size);

#endif
