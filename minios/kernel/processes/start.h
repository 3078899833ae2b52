// How a process begins.
#pragma once

#include <minios/abi.h>

struct port;

// What is needed to make a process.
struct process_request {
    const char *path;
    const char *argument;
    uint32_t rights;
    struct port *death_port;
};

// Makes a process and starts its program. Returns the id, or a negated ERROR_.
[[nodiscard]] long process_spawn(const struct process_request *request);
