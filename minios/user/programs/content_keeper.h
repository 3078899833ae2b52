// What the supervisor does with content files: put a bad one away, bring the last good
// one back, and find out when a new one has proved itself. Part of supervis.c.
//
//     C-000291.SYS  the content that the sensor loads
//     C-000291.LKG  the last known good: it ran for 30 s and was matched against events
//     C-000291.BAD  what was put away after a crash loop
//
// A file takes its place by a rename, never by being written there: a machine that stops
// half-way finds the old file or the new one, whole.
#ifndef USER_CONTENT_KEEPER_H
#define USER_CONTENT_KEEPER_H

#include "console.h"
#include "content.h"
#include "file.h"
#include "string.h"
#include "system.h"
#include "talk.h"

#define KEEPER_COPY_PATH "/SYSTEM/CONTENT/C-000291.TMP"

// How long content must have been in use.
enum { KEEPER_PROOF_MILLISECONDS = 30000 };

// Keeps the content as what was bad, for whoever wants to know why. It stays in force for
// a moment longer: a machine that stops here must not be left without any.
static void keeper_quarantine(void)
{
    long status = file_replace(CONTENT_PATH, CONTENT_BAD_PATH, KEEPER_COPY_PATH);
    if (status < 0) {
        status = sys_rename(CONTENT_PATH, CONTENT_BAD_PATH);  // no room for a copy
    }
    if (status < 0) {
        say("supervisor: cannot quarantine the content: %s", error_words(status));
        return;
    }
    say("supervisor: quarantined %s as %s", CONTENT_PATH, CONTENT_BAD_PATH);
    talk_report(&(struct record){.kind = RECORD_QUARANTINE},
                CONTENT_FILE_CHANNEL_FILE_NAME, CONTENT_BAD_PATH);
}

// Puts the last good content in the place of the bad one, which must go in any case.
static void keeper_restore(void)
{
    long status = file_replace(CONTENT_GOOD_PATH, CONTENT_PATH, KEEPER_COPY_PATH);
    if (status == -ERROR_NO_SPACE) {  // no room for a copy: it comes itself
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

// Whether the sensor, in whichever ring it runs, says that it has used the content that
// is now on the disk for long enough and has matched an event against it.
static bool keeper_is_proved(void)
{
    struct message message;
    message_set_text(&message, MESSAGE_STATUS, "");
    if (talk_ask("sentinel", &message, SECONDS(1)) < 0) {
        return false;
    }
    char words[MESSAGE_BODY_SIZE];
    message_words(&message, words, sizeof(words));
    return string_value(words, "loaded_ms=", 0) >= KEEPER_PROOF_MILLISECONDS &&
           string_value(words, "events=", 0) > 0 &&
           string_value(words, "checksum=", 0) == content_checksum();
}

// Makes the content on the disk the last known good, if it has proved itself and is not
// that already.
static void keeper_promote(void)
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

#endif
