// The shell's commands for services: the list of them, the drivers, the sensor.
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
    say("%lu events seen, %lu detections", string_value(words, "events=", 0),
        string_value(words, "detections=", 0));
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
