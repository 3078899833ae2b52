// What programs say to each other through ports, to the lab through the beacon, and
// what they ask of the kernel's command line.
#ifndef USER_TALK_H
#define USER_TALK_H

#include <minios/abi.h>
#include <stdbool.h>

// Fills in a message with a text body; what does not fit is cut.
void message_set_text(struct message *message, uint32_t type, const char *text);

// The body as a text with a NUL at its end.
void message_text(const struct message *message, char *buffer, size_t size);

// Whether this is a MESSAGE_TEXT that says just that.
bool message_says(const struct message *message, const char *text);

// Fills in an answer: the number that the caller wants to know, then words for people.
void message_set_answer(struct message *message, uint64_t status, const char *words);

// The number in an answer.
uint64_t message_status(const struct message *message);

// The words in an answer, as a text with a NUL at its end.
void message_words(const struct message *message, char *buffer, size_t size);

// Whether it comes from the process that is this service, as the kernel's list has it.
bool message_is_from(const struct message *message, const char *service);

// Sends one text to a named port. Returns 0 or a negated ERROR_.
long talk_tell(const char *port, const char *text);

// Calls a named port and waits. Returns 0 or a negated ERROR_; the answer replaces the
// message. An answer too short to hold a number is -ERROR_BAD_ARGUMENT.
long talk_ask(const char *port, struct message *message, uint64_t timeout);

// Waits until init has started everything, so that what comes next stands behind
// init's last line.
void talk_wait_until_up(void);

// Tells the world outside the machine. Texts may be NULL.
void talk_report(const struct record *record, const char *name, const char *text);

// The number that a boot option has; `otherwise` if it is not there or no number.
uint64_t talk_option(const char *name, uint64_t otherwise);

#endif
