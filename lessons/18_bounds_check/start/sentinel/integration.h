// The integration code: from an event of the system to the inputs of the interpreter.
#ifndef SENTINEL_INTEGRATION_H
#define SENTINEL_INTEGRATION_H

#include "content.h"
#include "interpreter.h"

#define SENTINEL_VERSION "7.11"  // as in plugin.toml

// Fills in the twenty inputs of an evaluation, in the order of the definitions. They
// point to memory of integration.c, and are valid until the next call.
void integration_supply(struct evaluation *evaluation, const struct event *event,
                        const struct content *content);

#endif
