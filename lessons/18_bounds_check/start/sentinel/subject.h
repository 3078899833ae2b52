// The integration code for processes and files: from an event that asks for a verdict to
// the inputs of the interpreter.
//
// It is younger than integration.c, and does what finding 1 of the public analysis asks
// for. The array has as many inputs as the definitions declare, and the compiler compares
// the two numbers. So no criterion lacks its input, whatever a content file says.
#ifndef SENTINEL_SUBJECT_H
#define SENTINEL_SUBJECT_H

#include "interpreter.h"

// Subscribes to the events that instances of this template type are about. Returns 0 or
// -ERROR_.
[[gnu::warn_unused_result]] int subject_subscribe(uint32_t template);

// The template type that an event belongs to. What is not in the list of subject.c is
// about a named pipe.
uint32_t subject_template(const struct event *event);

// The inputs that describe an event about a process or a file. They are in memory of
// subject.c, and are valid until the next call.
const struct input *const *subject_inputs(const struct event *event);

// A short text about what somebody wants to do: "exec /BIN/SHELL by init".
void subject_words(const struct event *event, char *text, size_t size);

#endif
