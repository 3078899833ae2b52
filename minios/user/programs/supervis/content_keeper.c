// How the supervisor takes care of content files: it moves a bad one away, brings the
// last good one back, and finds out when a new one has proved itself.
//
//     C-000291.SYS  the content that the sensor loads
//     C-000291.LKG  "last known good": used for 30 s, and matched against events
//     C-000291.BAD  moved away after a crash loop, so that somebody can examine it
//
// No file is written in its place. It is copied to another name, and then renamed. So
// if the machine stops at any moment, each name leads to the whole old or the whole new
// file.
#include "content_keeper.h"

#include "console.h"
#include "content.h"
#include "file.h"
#include "string.h"
#include "system.h"
#include "talk.h"

#define KEEPER_COPY_PATH "/SYSTEM/CONTENT/C-000291.TMP"

// How long a content file must have been in use before it counts as good.
enum { KEEPER_PROOF_MILLISECONDS = 30000 };

void keeper_quarantine(void)
{
    long status = file_replace(CONTENT_PATH, CONTENT_BAD_PATH, KEEPER_COPY_PATH);
    if (status < 0) {
        status = sys_rename(CONTENT_PATH, CONTENT_BAD_PATH);  // no space for a copy
    }
    if (status < 0) {
        say("supervisor: cannot quarantine the content: %s", error_words(status));
        return;
    }
    say("supervisor: quarantined %s as %s", CONTENT_PATH, CONTENT_BAD_PATH);
    talk_report(&(struct record){.kind = RECORD_QUARANTINE},
                CONTENT_FILE_CHANNEL_FILE_NAME, CONTENT_BAD_PATH);
}

void keeper_restore(void)
{
    long status = file_replace(CONTENT_GOOD_PATH, CONTENT_PATH, KEEPER_COPY_PATH);
    if (status == -ERROR_NO_SPACE) {  // no space for a copy: move the original
        status = sys_rename(CONTENT_GOOD_PATH, CONTENT_PATH);
    }
    if (status < 0) {
        (void)sys_unlink(CONTENT_PATH);
        say("supervisor: no last good content: %s",
            status == -ERROR_NOT_FOUND ? "there is none" : error_words(status));
        return;
    }
    say("supervisor: restored the last good content from %s", CONTENT_GOOD_PATH);
    talk_report(&(struct record){.kind = RECORD_RESTORED},
                CONTENT_FILE_CHANNEL_FILE_NAME, CONTENT_GOOD_PATH);
}

// Whether a sensor says that it uses the content on the disk (the checksum shows which),
// for long enough, and has matched an event against it. Loading alone proves nothing:
// the bad file of 19 July 2024 loaded well, too.
static bool proves(const char *sensor)
{
    struct message message;
    message_set_text(&message, MESSAGE_STATUS, "");
    if (talk_ask(sensor, &message, SECONDS(1)) < 0) {
        return false;
    }
    char words[MESSAGE_BODY_SIZE];
    message_words(&message, words, sizeof(words));
    return string_value(words, "loaded_ms=", 0) >= KEEPER_PROOF_MILLISECONDS &&
           string_value(words, "events=", 0) > 0 &&
           string_value(words, "checksum=", 0) == content_checksum();
}

// Whether the content on the disk has proved itself, in every sensor that runs.
static bool keeper_is_proved(void)
{
    bool is_proved = false;
    char sensor[NAME_SIZE];
    for (uint32_t line = 0; talk_next_sensor(&line, sensor);) {
        is_proved = proves(sensor);
        if (!is_proved) {
            break;
        }
    }
    return is_proved;
}

void keeper_promote(void)
{
    if (!keeper_is_proved() || file_same(CONTENT_PATH, CONTENT_GOOD_PATH)) {
        return;
    }
    long status = file_replace(CONTENT_PATH, CONTENT_GOOD_PATH, KEEPER_COPY_PATH);
    if (status < 0) {
        say("supervisor: cannot keep the good content: %s", error_words(status));
        return;
    }
    say("supervisor: kept %s as the last good content", CONTENT_PATH);
}
