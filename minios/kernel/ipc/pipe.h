// Named pipes: a way for two processes to talk. A server creates a pipe with a name;
// clients open it, one at a time; bytes go both ways. Attack tools use such pipes on
// Windows, too. That is why a sensor watches them, and why the fault of 19 July 2024
// begins with one.
#pragma once

#include <minios/abi.h>

struct pipe;

enum pipe_end { PIPE_SERVER, PIPE_CLIENT };

// Each returns 0 or a count, or a negated ERROR_. Creating, opening and closing a pipe
// are security events (events/event.h).
[[nodiscard]] long pipe_create(const char *name, struct pipe **pipe);
[[nodiscard]] long pipe_open(const char *name, struct pipe **pipe);
void pipe_close(struct pipe *pipe, enum pipe_end end);

// Reading waits until there is a byte, writing until there is room. -ERROR_CLOSED if
// the other end was closed.
[[nodiscard]] long pipe_read(struct pipe *pipe, enum pipe_end end, char *buffer,
                             size_t size);
[[nodiscard]] long pipe_write(struct pipe *pipe, enum pipe_end end, const char *buffer,
                              size_t size);
