// Rules for the sensor's eBPF programs: instances of the content file, each in an entry of
// a map. A map has entries of one size, so a rule has a limit that an instance has not.
#ifndef SENTINEL_RULES_H
#define SENTINEL_RULES_H

#include <minios/abi.h>

enum {
    RULES = 8,          // for named pipes; a content file with more is refused
    RULE_TEXTS = 1024,  // all texts begin in so many bytes, a power of 2
    RULE_BYTES = RULE_TEXTS + PATH_SIZE,  // and none is longer than an input
};

#endif
