// The shell's commands for processes, services, the sensor and the machine itself. A
// part of shell.c.
#ifndef USER_SHELL_SYSTEM_H
#define USER_SHELL_SYSTEM_H

#include "console.h"
#include "format.h"
#include "service_list.h"
#include "string.h"
#include "system.h"
#include "talk.h"

static uint32_t shell_port;  // gets a message when a program of the shell ends

#define RIGHT_ROW(bit, name) {bit, name},

static const struct {
    uint32_t bit;
    const char *name;
} right_names[] = {RIGHT_TABLE(RIGHT_ROW)};

// Writes rights as words, such as "SPAWN,REPORT". "-" if there are none.
static void rights_words(uint32_t rights, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof(right_names) / sizeof(right_names[0]); i++) {
        if ((rights & right_names[i].bit) != 0 && used < size) {
            used += (size_t)format_text(buffer + used, size - used, "%s%s",
                                        used == 0 ? "" : ",", right_names[i].name);
        }
    }
    if (used == 0) {
        (void)string_copy(buffer, size, "-");
    }
}

static const char *word_of(const char *const *words, size_t count, uint32_t index)
{
    return index < count ? words[index] : "?";
}

#define WORD_OF(words, index) word_of(words, sizeof(words) / sizeof((words)[0]), index)

static void command_ps(const char *first, const char *second)
{
    (void)first;
    (void)second;
    static const char *const states[] = {"runs", "waits", "ended"};
    struct process_entry entry;
    say("process parent state  name          rights");
    for (uint32_t i = 0; sys_process_list(i, &entry) >= 0; i++) {
        char rights[96];
        rights_words(entry.rights, rights, sizeof(rights));
        say("%7u %6u %-6s %-13s %s", entry.process_id, entry.parent_id,
            WORD_OF(states, entry.state), entry.name, rights);
    }
}

static void command_kill(const char *first, const char *second)
{
    (void)second;
    uint32_t process_id = (uint32_t)string_number(first);
    long status = sys_kill(process_id);
    if (status < 0) {
        say("%s: %s", first,
            status == -ERROR_NOT_FOUND ? "no such process; `ps` lists them"
                                       : error_words(status));
    }
}

static void command_svc(const char *first, const char *second)
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

static void command_uptime(const char *first, const char *second)
{
    (void)first;
    (void)second;
    uint64_t milliseconds = (uint64_t)sys_clock() / 1000000;
    say("up %lu.%03lu s", milliseconds / 1000, milliseconds % 1000);
}

static void command_sensor(const char *first, const char *second)
{
    (void)first;
    (void)second;
    struct message message;
    message_set_text(&message, MESSAGE_STATUS, "");
    long status = talk_ask("sentinel", &message, SECONDS(2));
    if (status < 0) {
        say("unprotected: %s",
            status == -ERROR_NOT_FOUND ? "no sensor is running" : error_words(status));
        return;
    }
    char words[MESSAGE_BODY_SIZE];
    message_words(&message, words, sizeof(words));
    uint64_t ring = string_value(words, "ring=", 3);
    uint64_t version = string_value(words, "version=", 0);
    if (version == 0) {
        say("sentinel runs in ring %lu, but has no content: nothing is matched", ring);
        return;
    }
    say("sentinel runs in ring %lu with content version %lu (%lu instances)", ring,
        version, string_value(words, "instances=", 0));
    say("%lu events seen, %lu detections", string_value(words, "events=", 0),
        string_value(words, "detections=", 0));
}

static void command_model(const char *first, const char *second)
{
    (void)first;
    (void)second;
    char model[NAME_SIZE];
    long status = sys_boot_option("model", model, sizeof(model));
    if (status < 0) {
        say("the machine was booted without model=");
        return;
    }
    say("%s", model);
}

static void command_load(const char *first, const char *second)
{
    (void)second;
    long status = sys_driver_load(first);
    if (status < 0) {
        say("%s: %s", first, error_words(status));
    }
}

static void command_unload(const char *first, const char *second)
{
    (void)second;
    long status = sys_driver_unload(first);
    if (status < 0) {
        say("%s: %s", first,
            status == -ERROR_NOT_FOUND ? "no such driver; `svc` lists them"
                                       : error_words(status));
    }
}

// The mode that is meant by a word after `reset`. BOOT_MODE_RECOVERY + 1 for any other
// word.
static uint32_t mode_of(const char *word)
{
    static const char *const words[] = {
        [BOOT_MODE_NORMAL] = "",
        [BOOT_MODE_SAFE] = "safe",
        [BOOT_MODE_LAST_GOOD] = "lastgood",
        [BOOT_MODE_RECOVERY] = "recovery",
    };
    uint32_t mode = 0;
    while (mode <= BOOT_MODE_RECOVERY && !string_equals(word, words[mode])) {
        mode++;
    }
    return mode;
}

static void power(uint32_t operation)
{
    long status = sys_power(operation);
    if (status < 0) {
        say("the machine stays on: %s", error_words(status));
    }
}

static void command_off(const char *first, const char *second)
{
    (void)first;
    (void)second;
    power(POWER_OFF);
}

static void command_reset(const char *first, const char *second)
{
    (void)second;
    uint32_t mode = mode_of(first);
    if (mode > BOOT_MODE_RECOVERY) {
        say("usage: reset [safe|lastgood|recovery]");
        return;
    }
    long status = sys_boot_next(mode);
    if (status < 0) {
        say("cannot choose the mode of the next start: %s", error_words(status));
        return;
    }
    power(POWER_RESET);
}

static void command_crash(const char *first, const char *second)
{
    (void)first;
    (void)second;
    power(POWER_CRASH);
}

// Says how a program ended. Returns its process id.
static uint32_t say_death(const struct message *message)
{
    struct death death;
    char words[96];
    memcpy(&death, message->body, sizeof(death));
    death_words(&death, words, sizeof(words));
    say("%s (process %u) ended: %s", death.name, death.process_id, words);
    return death.process_id;
}

// Prints which programs have ended since the last command. Does not wait.
static void say_deaths(void)
{
    struct message message;
    while (sys_port_receive(shell_port, &message, 0) >= 0) {
        if (message.type == MESSAGE_DEATH && message.sender == 0) {
            (void)say_death(&message);
        }
    }
}

static void wait_for(uint32_t process_id)
{
    struct message message;
    while (sys_port_receive(shell_port, &message, FOR_EVER) >= 0) {
        if (message.type == MESSAGE_DEATH && message.sender == 0 &&
            say_death(&message) == process_id) {
            return;
        }
    }
}

// Starts a program, which gets no rights. Waits until it ends, unless the line ends in
// "&".
static void run_program(const char *path, const char *argument)
{
    struct spawn request = {.rights = RIGHT_ANY, .death_port = shell_port};
    bool fitted = string_copy(request.path, sizeof(request.path), path);
    fitted &= string_copy(request.argument, sizeof(request.argument), argument);
    if (!fitted) {
        say("run: the argument is longer than %d characters", PATH_SIZE - 1);
        return;
    }
    size_t length = strlen(request.argument);
    bool waits = length == 0 || request.argument[length - 1] != '&';
    if (!waits) {
        request.argument[length - 1] = '\0';
    }
    long process_id = sys_spawn(&request);
    if (process_id < 0) {
        say("%s: %s", path,
            process_id == -ERROR_NOT_FOUND ? "no such program; `ls /bin` lists them"
                                           : error_words(process_id));
    } else if (waits) {
        wait_for((uint32_t)process_id);
    } else {
        say("process %ld", process_id);
    }
}

#endif
