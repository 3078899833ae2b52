// How programs talk: to each other with messages through ports, to the world outside
// with records through the beacon. Also: reading boot options.
#ifndef USER_TALK_H
#define USER_TALK_H

#include <minios/abi.h>
#include <stdbool.h>

// Makes a message whose body is a text. What does not fit is cut.
void message_set_text(struct message *message, uint32_t type, const char *text);

// Copies the body of a message as a text with a NUL at its end.
void message_text(const struct message *message, char *buffer, size_t size);

// Whether this is a MESSAGE_TEXT with exactly this text.
bool message_says(const struct message *message, const char *text);

// Makes an answer: the number that the caller wants to know, then words for people.
void message_set_answer(struct message *message, uint64_t status, const char *words);

// The number in an answer.
uint64_t message_status(const struct message *message);

// Copies the words of an answer, as a text with a NUL at its end.
void message_words(const struct message *message, char *buffer, size_t size);

// Whether a message comes from this service. The kernel says which process the service
// is, so another process cannot pretend to be it.
bool message_is_from(const struct message *message, const char *service);

// Sends a message to a named port, and waits for nothing. Returns 0 or a negated ERROR_:
// WOULD_BLOCK if the port has no room for it now.
long talk_send(const char *port, const struct message *message);

// The same with a text.
long talk_tell(const char *port, const char *text);

// Sends a message to a named port and waits for the answer, which replaces the message.
// Returns 0 or a negated ERROR_: BAD_ARGUMENT if the answer is too short for a number.
long talk_ask(const char *port, struct message *message, uint64_t timeout);

// Finds the next sensor that runs, from a line of the service list on: a machine may run
// the same sensor as a driver and as an extension. `name` is also that of its port. The
// caller begins with line 0. Returns false when there are no more.
bool talk_next_sensor(uint32_t *line, char name[NAME_SIZE]);

// The process of the first sensor that runs as one. 0 if there is none: no sensor runs, or
// it is a driver.
uint32_t talk_sensor_process(void);

// Waits until init has started everything. So what the caller prints next comes after
// init's last line, and the console always reads the same.
void talk_wait_until_up(void);

// Sends a record to the world outside the machine. `name` and `text` may be NULL.
void talk_report(const struct record *record, const char *name, const char *text);

// The number in a boot option. `otherwise` if there is no such option, or it is no
// number.
uint64_t talk_option(const char *name, uint64_t otherwise);

#endif
