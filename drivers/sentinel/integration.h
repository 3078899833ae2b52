// The integration code: from an event of the system to inputs for the interpreter.
#ifndef SENTINEL_INTEGRATION_H
#define SENTINEL_INTEGRATION_H

#include "content.h"
#include "interpreter.h"

#define SENTINEL_VERSION "7.11"  // as in plugin.toml

// Fills in the inputs of an evaluation: twenty, in the order of the definitions. They
// point into storage of this file and hold until the next call.
void integration_supply(struct evaluation *evaluation, const struct event *event,
                        const struct content *content);

#endif
