// The shell's commands for services: the list of them, the drivers, the sensor, the
// clients of the security events, and messages to any of them.
#include "shell.h"

#include "console.h"
#include "format.h"
#include "service_list.h"
#include "string.h"
#include "system.h"
#include "talk.h"

void command_svc(const char *first, const char *second)
{
    if (*first != '\0') {
        service_list_command(first, second);
        return;
    }
    static const char *const kinds[] = {SERVICE_WORDS};
    static const char *const starts[] = {START_WORDS};
    static const char *const states[] = {SERVICE_STATE_WORDS};
    struct service service;
    say("name          kind      start    state    process");
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        char process[12] = "-";
        if (service.process_id != 0) {
            format_text(process, sizeof(process), "%u", service.process_id);
        }
        say("%-13s %-9s %-8s %-8s %s", service.name, WORD_OF(kinds, service.kind),
            WORD_OF(starts, service.start), WORD_OF(states, service.state), process);
    }
}

void command_load(const char *first, const char *second)
{
    (void)second;
    long status = sys_driver_load(first);
    if (status < 0) {
        say("%s: %s", first, error_words(status));
    }
}

void command_unload(const char *first, const char *second)
{
    (void)second;
    long status = sys_driver_unload(first);
    if (status < 0) {
        say("%s: %s", first,
            status == -ERROR_NOT_FOUND ? "no such driver; `svc` lists them"
                                       : error_words(status));
    }
}

static void tell_of_sensor(char *sensor)
{
    struct message message;
    message_set_text(&message, MESSAGE_STATUS, "");
    long status = talk_ask(sensor, &message, SECONDS(2));
    if (status < 0) {
        say("unprotected: %s",
            status == -ERROR_NOT_FOUND ? "no sensor is running" : error_words(status));
        return;
    }
    const char *ending = string_find(sensor, ".");
    if (ending != NULL) {
        sensor[ending - sensor] = '\0';  // what is said is the name of the plugin
    }
    char words[MESSAGE_BODY_SIZE];
    message_words(&message, words, sizeof(words));
    uint64_t ring = string_value(words, "ring=", 3);
    uint64_t version = string_value(words, "version=", 0);
    if (version == 0) {
        say("%s runs in ring %lu, but has no content: nothing is matched", sensor,
            ring);
        return;
    }
    say("%s runs in ring %lu with content version %lu (%lu instances)", sensor, ring,
        version, string_value(words, "instances=", 0));
    uint64_t blocked = string_value(words, "blocked=", 0);
    say("%lu events seen, %lu detections", string_value(words, "events=", 0),
        string_value(words, "detections=", 0));
    if (blocked > 0) {
        say("%lu operations were denied", blocked);
    }
}

void command_sensor(const char *first, const char *second)
{
    (void)first;
    (void)second;
    char sensor[NAME_SIZE];
    uint32_t line = 0;
    bool runs = talk_next_sensor(&line, sensor);
    if (!runs) {
        say("unprotected: no sensor is running");
    }
    for (; runs; runs = talk_next_sensor(&line, sensor)) {
        tell_of_sensor(sensor);
    }
}

static unsigned types_in(const struct event_set *set)
{
    unsigned count = 0;
    for (unsigned type = 0; type < EVENT_COUNT; type++) {
        count += set->words[type / 64] >> type % 64 & 1;
    }
    return count;
}

// A driver has no deadline: the kernel calls its function, and waits until it returns.
static void say_client(const struct event_client_entry *entry)
{
    static const char *const misses[] = {
        [EVENT_MISS_KILL] = "killed",
        [EVENT_MISS_FAIL_OPEN] = "allowed",
        [EVENT_MISS_FAIL_CLOSED] = "denied",
    };
    char process[12] = "-", deadline[24] = "-";
    bool is_driver = entry->process_id == 0;
    if (!is_driver) {
        format_text(process, sizeof(process), "%u", entry->process_id);
        format_text(deadline, sizeof(deadline), "%lu ms", entry->deadline / 1000000);
    }
    say("%-13s %7s %5u %8s %-7s %6u %5u %6u %6u %4u", entry->name, process,
        types_in(&entry->wanted), deadline,
        is_driver ? "-" : WORD_OF(misses, entry->miss_mode), entry->messages,
        entry->waiting, entry->missed, entry->denied, entry->dropped);
}

void command_clients(const char *first, const char *second)
{
    (void)first;
    (void)second;
    struct event_client_entry entry;
    say("%-13s %7s %5s %8s %-7s %6s %5s %6s %6s %4s", "client", "process", "types",
        "deadline", "if late", "told", "waits", "missed", "denied", "lost");
    for (uint32_t i = 0; sys_event_client(i, &entry) >= 0; i++) {
        say_client(&entry);
    }
}

void command_tell(const char *first, const char *second)
{
    struct message message;
    message_set_text(&message, MESSAGE_TEXT, second);
    long status = talk_ask(first, &message, SECONDS(2));
    if (status < 0) {
        say("%s: %s", first,
            status == -ERROR_NOT_FOUND ? "no such port" : error_words(status));
        return;
    }
    char words[MESSAGE_BODY_SIZE];
    message_words(&message, words, sizeof(words));
    say("%s: %s", first, words);
}
