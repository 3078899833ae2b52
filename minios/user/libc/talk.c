// Messages, records and boot options (see talk.h).
#include "talk.h"

#include "string.h"
#include "system.h"

void message_set_text(struct message *message, uint32_t type, const char *text)
{
    size_t length = strlen(text);
    if (length > sizeof(message->body) - 1) {
        length = sizeof(message->body) - 1;
    }
    *message = (struct message){.type = type, .size = (uint32_t)length + 1};
    memcpy(message->body, text, length);
}

static void body_text(const struct message *message, size_t from, char *buffer,
                      size_t size)
{
    size_t used = message->size;
    if (used > sizeof(message->body)) {
        used = sizeof(message->body);
    }
    size_t length = 0;
    while (from + length < used && length + 1 < size &&
           message->body[from + length] != '\0') {
        buffer[length] = (char)message->body[from + length];
        length++;
    }
    buffer[length] = '\0';
}

void message_text(const struct message *message, char *buffer, size_t size)
{
    body_text(message, 0, buffer, size);
}

bool message_says(const struct message *message, const char *text)
{
    char body[MESSAGE_BODY_SIZE + 1];
    message_text(message, body, sizeof(body));
    return message->type == MESSAGE_TEXT && string_equals(body, text);
}

void message_set_answer(struct message *message, uint64_t status, const char *words)
{
    size_t length = strlen(words);
    if (length > sizeof(message->body) - sizeof(status) - 1) {
        length = sizeof(message->body) - sizeof(status) - 1;
    }
    *message = (struct message){.type = MESSAGE_ANSWER};
    message->size = (uint32_t)(sizeof(status) + length + 1);
    memcpy(message->body, &status, sizeof(status));
    memcpy(message->body + sizeof(status), words, length);
}

uint64_t message_status(const struct message *message)
{
    uint64_t status;
    memcpy(&status, message->body, sizeof(status));
    return status;
}

void message_words(const struct message *message, char *buffer, size_t size)
{
    body_text(message, sizeof(uint64_t), buffer, size);
}

bool message_is_from(const struct message *message, const char *service)
{
    struct service entry;
    for (uint32_t i = 0; sys_service_query(i, &entry) >= 0; i++) {
        if (string_equals(entry.name, service)) {
            return entry.process_id != 0 && entry.process_id == message->sender;
        }
    }
    return false;
}

long talk_send(const char *port, const struct message *message)
{
    long handle = sys_port_connect(port);
    if (handle < 0) {
        return handle;
    }
    long status = sys_port_send((uint32_t)handle, message);
    sys_close((uint32_t)handle);
    return status;
}

long talk_tell(const char *port, const char *text)
{
    struct message message;
    message_set_text(&message, MESSAGE_TEXT, text);
    return talk_send(port, &message);
}

long talk_ask(const char *port, struct message *message, uint64_t timeout)
{
    long handle = sys_port_connect(port);
    if (handle < 0) {
        return handle;
    }
    long status = sys_port_call((uint32_t)handle, message, timeout);
    sys_close((uint32_t)handle);
    return status >= 0 && message->size < sizeof(uint64_t) ? -ERROR_BAD_ARGUMENT
                                                           : status;
}

bool talk_next_sensor(uint32_t *line, char name[NAME_SIZE])
{
    struct service service;
    while (sys_service_query((*line)++, &service) >= 0) {
        if (service.is_sensor && service.state == SERVICE_STATE_RUNNING) {
            (void)string_copy(name, NAME_SIZE, service.name);
            return true;
        }
    }
    return false;
}

uint32_t talk_sensor_process(void)
{
    struct service service;
    for (uint32_t line = 0; sys_service_query(line, &service) >= 0; line++) {
        if (service.is_sensor && service.process_id != 0) {
            return service.process_id;
        }
    }
    return 0;
}

void talk_wait_until_up(void)
{
    struct message message;
    message_set_text(&message, MESSAGE_TEXT, "up?");
    (void)talk_ask("init", &message, SECONDS(60));
}

void talk_report(const struct record *record, const char *name, const char *text)
{
    struct record filled = *record;
    if (name != NULL) {
        (void)string_copy(filled.name, sizeof(filled.name), name);
    }
    if (text != NULL) {
        (void)string_copy(filled.text, sizeof(filled.text), text);
    }
    sys_report(&filled);
}

uint64_t talk_option(const char *name, uint64_t otherwise)
{
    char text[24];
    if (sys_boot_option(name, text, sizeof(text)) < 0 || text[0] == '\0') {
        return otherwise;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9') {
            return otherwise;
        }
    }
    return string_number(text);
}
