// Handles: the small numbers by which a process names what it has opened.
#ifndef IPC_HANDLE_H
#define IPC_HANDLE_H

#include <minios/abi.h>
#include <stdbool.h>

enum handle_kind {
    HANDLE_NONE,
    HANDLE_CONSOLE,
    HANDLE_LINK,
    HANDLE_FILE,
    HANDLE_PIPE_SERVER,
    HANDLE_PIPE_CLIENT,
    HANDLE_PORT_OWNER,
    HANDLE_PORT_SENDER,
};

struct open_file;
struct pipe;
struct port;

struct handle {
    enum handle_kind kind;
    uint32_t flags;     // OPEN_ flags of a file
    uint32_t position;  // in a file
    union {
        struct open_file *file;  // HANDLE_FILE
        struct pipe *pipe;       // HANDLE_PIPE_*
        struct port *port;       // HANDLE_PORT_*
    };
};

// The current process's handle of that number, or NULL.
struct handle *handle_get(uint32_t number);

// A port that the current process may send to (or, with `owned`, receive from).
struct port *handle_port(uint32_t number, bool owned);

// Gives the handle a free number in the current process; -ERROR_NO_MEMORY if there is
// none, and then the handle is closed.
[[gnu::warn_unused_result]] long handle_install(struct handle handle);

// Gives back what the handle holds. A closed handle is HANDLE_NONE. 0, or the negated
// ERROR_ for which a file is not what was written to it.
long handle_close(struct handle *handle);

#endif
