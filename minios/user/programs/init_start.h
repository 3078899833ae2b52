// What init does about services that would not start, and about the list itself. Part of
// init.c.
//
// Error control is what it is for drivers (kernel/plugins/service_start.c): severe and
// critical start the machine again with the list of the last good start, once.
#ifndef USER_INIT_START_H
#define USER_INIT_START_H

#include "console.h"
#include "file.h"
#include "service_list.h"
#include "string.h"
#include "system.h"
#include "talk.h"

enum { LIST_SETTLE_SECONDS = 10 };

static struct boot_status boot;
static uint64_t list_settle_at = FOR_EVER;

// Returns if the machine is to go on without the service.
static void start_failed(const struct service *service, long error)
{
    struct record record = {.kind = RECORD_SERVICE_FAILED};
    record.values[0] = (uint64_t)-error;
    record.values[1] = service->error_control;
    talk_report(&record, service->name, NULL);
    if (service->error_control != ERROR_CONTROL_IGNORE) {
        say("init: cannot start %s: %s", service->name, error_words(error));
    }
    if (service->error_control < ERROR_CONTROL_SEVERE) {
        return;
    }
    if (boot.mode != BOOT_MODE_LAST_GOOD && sys_boot_next(BOOT_MODE_LAST_GOOD) >= 0) {
        say("init: starting again with the list of the last good start");
        sys_power(POWER_TRY_AGAIN);
    }
    if (service->error_control == ERROR_CONTROL_CRITICAL) {
        sys_power(POWER_SERVICE_FAILED);
    }
}

// The supervisor cannot start an extension: "failed NUMBER NAME".
static void hear_failure(const struct message *message)
{
    static const char beginning[] = "failed ";
    char text[MESSAGE_BODY_SIZE];
    message_text(message, text, sizeof(text));
    if (message->type != MESSAGE_TEXT || !string_starts(text, beginning)) {
        return;
    }
    const char *number = text + sizeof(beginning) - 1;
    const char *name = string_find(number, " ");
    struct service service;
    for (uint32_t i = 0; name != NULL && sys_service_query(i, &service) >= 0; i++) {
        if (string_equals(service.name, name + 1)) {
            start_failed(&service, -(long)string_number(number));
        }
    }
}

// Once the machine has been up for LIST_SETTLE_SECONDS, the list with which it came up
// becomes the last good one; or the last good one, with which it came up, becomes the
// list. (Windows does it when the first user has logged on.) Comparing spares the disk.
static void list_settle(void)
{
    static char now[SERVICE_FILE_BYTES], then[SERVICE_FILE_BYTES];
    list_settle_at = FOR_EVER;
    if (boot.mode == BOOT_MODE_SAFE || file_same(SERVICES_PATH, SERVICES_GOOD_PATH)) {
        return;
    }
    bool restores = boot.mode == BOOT_MODE_LAST_GOOD &&
                    service_file_read(SERVICES_GOOD_PATH, then) >= 0;
    const char *from = restores ? SERVICES_GOOD_PATH : SERVICES_PATH;
    const char *to = restores ? SERVICES_PATH : SERVICES_GOOD_PATH;
    if (restores) {
        (void)service_file_read(SERVICES_PATH, now);  // an empty text if it is gone
        say("init: the service list becomes again what it was at the last good start:");
        struct record record = {.kind = RECORD_SERVICES_RESTORED};
        record.values[0] = service_texts_differ(now, then);
        talk_report(&record, NULL, SERVICES_PATH);
    }
    long status = file_replace(from, to, SERVICES_NEW_PATH);
    if (status < 0) {
        say("init: cannot write %s: %s", to, error_words(status));
    }
}

#endif
