// The interpreter: does an event match a template instance?
#ifndef SENTINEL_INTERPRETER_H
#define SENTINEL_INTERPRETER_H

#include "content.h"

enum { INPUT_TEXT = 60 };

// One thing that is known about an event, as text.
struct input {
    uint32_t length;  // of the text, without its NUL
    char text[INPUT_TEXT];
};

// What one instance is evaluated against. The inputs are an array of pointers; what
// stands behind its last element is the detection id of that instance:
//
//     offset  0          8                152         160            168
//             +----------+-- ... ---------+-----------+--------------+-----------
//             | inputs[0]| inputs[1..18]  | inputs[19]| detection_id | instance
//             +----------+-- ... ---------+-----------+--------------+-----------
//                                                      ^ inputs[20], if anyone asks
struct evaluation {
    const struct input *inputs[CONTENT_FILE_IPC_INPUTS_SUPPLIED];
    uint64_t detection_id;
    const struct instance *instance;
};

_Static_assert(offsetof(struct evaluation, detection_id) ==
                   CONTENT_FILE_IPC_INPUTS_SUPPLIED * sizeof(void *),
               "the detection id is what a 21st input would be");

// Whether every criterion of the instance matches its input. Stops at the first that
// does not; a wildcard never reads its input.
bool interpreter_matches(const struct input *const *inputs,
                         const struct instance *instance);

#endif
