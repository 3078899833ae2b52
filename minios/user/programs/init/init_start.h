// What init does if a service does not start, and how it keeps the last good service
// list. A part of init.c.
//
// There are two lists on the disk: the current one, and a copy of the one with which
// the machine last started well. Windows has the same idea under the name "last known
// good".
#ifndef USER_INIT_START_H
#define USER_INIT_START_H

#include "console.h"
#include "crc32.h"
#include "file.h"
#include "service_list.h"
#include "string.h"
#include "system.h"
#include "talk.h"

enum { LIST_SETTLE_SECONDS = 10 };

static struct boot_status boot;
static uint64_t list_keep_at = FOR_EVER;

// Tells the kernel that a service did not start. The kernel does what its error control
// says (kernel/plugins/service_start.c). It may restart or stop the machine.
static void start_failed(const char *name, long error)
{
    (void)sys_service_failed(name, error);
}

static bool is_extension(const char *name)
{
    struct service service;
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        if (string_equals(service.name, name)) {
            return service.kind == SERVICE_EXTENSION;
        }
    }
    return false;
}

// The supervisor reports that an extension did not start: "failed NUMBER NAME".
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
    if (name != NULL && is_extension(name + 1)) {
        start_failed(name + 1, -(long)string_number(number));
    }
}

// The machine has started with the list of the last good start. So this list works, and
// it becomes the current list again.
static void list_restore(void)
{
    static char now[SERVICES_BYTES], then[SERVICES_BYTES];
    if (file_same(SERVICES_PATH, SERVICES_GOOD_PATH) ||
        service_list_read(SERVICES_GOOD_PATH, then) < 0 ||
        crc32(then, strlen(then)) != boot.list_checksum) {
        return;  // nothing to restore, or not the list of this start
    }
    (void)!service_list_read(SERVICES_PATH, now);  // empty if it cannot be used
    say("init: restoring the service list of the last good start:");
    struct record record = {.kind = RECORD_SERVICES_RESTORED};
    record.values[0] = service_texts_differ(now, then);
    talk_report(&record, NULL, SERVICES_PATH);
    long status = file_replace(SERVICES_GOOD_PATH, SERVICES_PATH, SERVICES_NEW_PATH);
    if (status < 0) {
        say("init: cannot write %s: %s", SERVICES_PATH, error_words(status));
    }
}

// The machine has been up for LIST_SETTLE_SECONDS. So the list of this start is a good
// one, and a copy is kept, unless somebody has changed the list since.
static void list_keep(void)
{
    static char now[SERVICES_BYTES];
    list_keep_at = FOR_EVER;
    if (service_list_read(SERVICES_PATH, now) < 0 ||
        crc32(now, strlen(now)) != boot.list_checksum ||
        file_same(SERVICES_PATH, SERVICES_GOOD_PATH)) {
        return;
    }
    long status = file_replace(SERVICES_PATH, SERVICES_GOOD_PATH, SERVICES_NEW_PATH);
    if (status < 0) {
        say("init: cannot write %s: %s", SERVICES_GOOD_PATH, error_words(status));
    }
}

// Called when everything is up. After a start in safe mode nothing is done: it started
// only a part of the list, so it proves nothing about the list.
static void list_settle(void)
{
    if (boot.mode == BOOT_MODE_LAST_GOOD) {
        list_restore();
    } else if (boot.mode == BOOT_MODE_NORMAL) {
        list_keep_at = (uint64_t)sys_clock() + SECONDS(LIST_SETTLE_SECONDS);
    }
}

#endif
