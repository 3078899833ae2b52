// Signals: small numbers that one process sends to another (SIGNAL_).
#pragma once

#include <stdint.h>

struct port;

// Sends a signal. Security clients are asked before anything happens. Returns 0, or
//
//     -ERROR_BAD_ARGUMENT   there is no such signal
//     -ERROR_NOT_FOUND      there is no such process
//     -ERROR_NOT_PERMITTED  it is protected (processes/protection.h)
//     -ERROR_DENIED         a security client denies it
//     -ERROR_WOULD_BLOCK    it wants signals as messages, and its inbox is full
[[nodiscard]] long process_signal(uint32_t id, uint32_t number);

// Sets a port that a process keeps, such as its signal port: from now on TERM and USR1 come
// there as messages. NULL: none any more.
void process_set_port(struct port **member, struct port *port);
