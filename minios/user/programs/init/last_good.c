// The service list of the last good start (see last_good.h).
//
// There are two lists on the disk: the current one, and a copy of the one with which
// the machine last started well. Windows has the same idea under the name "last known
// good".
#include "last_good.h"

#include "console.h"
#include "crc32.h"
#include "file.h"
#include "service_list.h"
#include "string.h"
#include "system.h"
#include "talk.h"

enum { SETTLE_SECONDS = 10 };

static uint64_t keep_at = FOR_EVER;  // when to keep a copy, in nanoseconds since boot
static uint32_t kept_checksum;       // of the list that is then to be kept

// The machine has started with the list of the last good start. So this list works, and
// it becomes the current list again.
static void restore(uint32_t checksum)
{
    static char now[SERVICES_BYTES], then[SERVICES_BYTES];
    if (file_same(SERVICES_PATH, SERVICES_GOOD_PATH) ||
        service_list_read(SERVICES_GOOD_PATH, then) < 0 ||
        crc32(then, strlen(then)) != checksum) {
        return;  // nothing to restore, or not the list of this start
    }
    (void)!service_list_read(SERVICES_PATH, now);  // empty if it cannot be used
    say("init: restoring the service list of the last good start:");
    struct record record = {.kind = RECORD_SERVICES_RESTORED};
    record.services_restored.lines = service_texts_differ(now, then);
    talk_report(&record, NULL, SERVICES_PATH);
    long status = file_replace(SERVICES_GOOD_PATH, SERVICES_PATH, SERVICES_NEW_PATH);
    if (status < 0) {
        say("init: cannot write %s: %s", SERVICES_PATH, error_words(status));
    }
}

// The machine has been up for SETTLE_SECONDS. So the list of this start is a good one,
// and a copy is kept, unless somebody has changed the list since.
static void keep(void)
{
    static char now[SERVICES_BYTES];
    if (service_list_read(SERVICES_PATH, now) < 0 ||
        crc32(now, strlen(now)) != kept_checksum ||
        file_same(SERVICES_PATH, SERVICES_GOOD_PATH)) {
        return;
    }
    long status = file_replace(SERVICES_PATH, SERVICES_GOOD_PATH, SERVICES_NEW_PATH);
    if (status < 0) {
        say("init: cannot write %s: %s", SERVICES_GOOD_PATH, error_words(status));
    }
}

void last_good_settle(const struct boot_status *boot)
{
    if (boot->mode == BOOT_MODE_LAST_GOOD) {
        restore(boot->list_checksum);
    } else if (boot->mode == BOOT_MODE_NORMAL) {
        kept_checksum = boot->list_checksum;
        keep_at = (uint64_t)sys_clock() + SECONDS(SETTLE_SECONDS);
    }
}

uint64_t last_good_due(void)
{
    uint64_t now = (uint64_t)sys_clock();
    if (keep_at <= now) {
        keep_at = FOR_EVER;
        keep();
    }
    return keep_at == FOR_EVER ? FOR_EVER : keep_at - now;
}
