// The interpreter: does an event match a template instance? interpreter.c has the
// fault.
#ifndef SENTINEL_INTERPRETER_H
#define SENTINEL_INTERPRETER_H

#include "content.h"

enum { INPUT_TEXT = PATH_SIZE };  // a path is the longest text

// One fact about an event, as text: for example the name of the process.
struct input {
    uint32_t length;  // of the text, without its NUL
    char text[INPUT_TEXT];
};

// One evaluation: the event's inputs, and the instance that is compared with them.
// `inputs` is an array of 20 pointers. What comes after it in memory is the detection
// id:
//
//     offset  0          8                152         160            168
//             +----------+-- ... ---------+-----------+--------------+-----------
//             | inputs[0]| inputs[1..18]  | inputs[19]| detection_id | instance
//             +----------+-- ... ---------+-----------+--------------+-----------
//                                                      ^ inputs[20] would be here
//
// So whoever reads inputs[20] takes the detection id for a pointer. In the real sensor
// it was whatever happened to lie there. Here the author of the content file can choose
// it, so that the same crash can be shown again and again.
struct evaluation {
    const struct input *inputs[SENSOR_INPUTS];
    uint64_t detection_id;
    const struct instance *instance;
};

_Static_assert(offsetof(struct evaluation, detection_id) ==
                   SENSOR_INPUTS * sizeof(void *),
               "the detection id is what a 21st input would be");

// What the interpreter is given: the array of pointers. An eBPF program cannot keep
// pointers in its variables, so it has an array of inputs instead (sentinel.bpf.c).
#ifndef INPUT_ENTRY
#define INPUT_ENTRY             const struct input *
#define INPUT_AT(inputs, index) (inputs)[index]
#endif

// Whether every criterion of the instance matches its input. Ends at the first that
// does not. A wildcard does not read its input.
bool interpreter_matches(INPUT_ENTRY const *inputs, const struct instance *instance);

#endif
