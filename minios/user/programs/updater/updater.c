// updater: receives content files over the update link, stores them, and tells the
// sensor.
//
// A file arrives in one frame (minios/abi/disk_layout.py):
//
//     0        4      8      12        16
//     +--------+------+------+---------+------------------+---------------+
//     | "MUPD" | size | crc  | reserved| name, 16 bytes   | size bytes ...|
//     +--------+------+------+---------+------------------+---------------+
//
// Bytes that are not a frame are skipped, one at a time, until a frame begins. After a
// bad header the updater goes on one byte later, and does not skip the size that the
// header names. So a sender that stops in the middle, or a damaged size, spoils only
// its own file. Each frame is answered with one line: "stored NAME", "stored NAME
// unchecked", "refused REASON" or "error REASON".
//
// Before it stores a file, the updater asks the sensor whether it would load it.
// Perhaps the sensor does not run, because its current content crashes it. Then the
// file is stored unchecked: this is the way for a repaired file to get in.
#include "console.h"
#include "content.h"
#include "crc32.h"
#include "file.h"
#include "format.h"
#include "string.h"
#include "system.h"
#include "talk.h"

#define FILE_NAME CONTENT_FILE_CHANNEL_FILE_NAME

enum frame_state { FRAME_WHOLE, FRAME_INCOMPLETE, FRAME_TOO_LARGE, FRAME_WRONG };

// How long a network takes to come up after the machine is ready.
#define NETWORK_DELAY MILLISECONDS(100)

// If a header names a larger size than this, it is noise and not a file that is too
// large.
#define SIZE_BELIEVED (1U << 20)

// Bytes of the link from `start` to `end` that belong to no finished frame yet.
static uint8_t bytes[sizeof(struct update_header) + CONTENT_FILE_MAXIMUM_FILE_SIZE];
static size_t start;
static size_t end;
static size_t looked;  // no frame begins between `start` and here
static uint32_t update_link;

static void answer(const char *line)
{
    char text[96];
    int length = format_text(text, sizeof(text), "%s\n", line);
    sys_write(update_link, text, (size_t)length);
}

static void answer_error(const char *reason)
{
    char text[80];
    format_text(text, sizeof(text), "error %s", reason);
    say("updater: %s", text);
    answer(text);
}

// The frame was good, but its file could not be stored.
static void store_failed(long error)
{
    struct record record = {.kind = RECORD_UPDATE_FAILED};
    record.update_failed.error = (uint64_t)-error;
    talk_report(&record, FILE_NAME, NULL);
    (void)sys_unlink(CONTENT_NEW_PATH);  // perhaps it was written, but not renamed
    answer_error(error_words(error));
}

// What is at `at`: a whole frame, the beginning of one, or something else. If it begins
// like a frame but is wrong, `reason` says why; otherwise `reason` is NULL.
static enum frame_state frame_look(size_t at, struct update_header *header,
                                   const char **reason)
{
    static const char magic[] = "MUPD";
    size_t held = end - at;
    size_t compared = held < sizeof(magic) - 1 ? held : sizeof(magic) - 1;
    *reason = NULL;
    if (memcmp(bytes + at, magic, compared) != 0) {
        return FRAME_WRONG;
    }
    if (held < sizeof(*header)) {
        return FRAME_INCOMPLETE;
    }
    memcpy(header, bytes + at, sizeof(*header));
    header->name[sizeof(header->name) - 1] = '\0';
    if (header->size > CONTENT_FILE_MAXIMUM_FILE_SIZE) {
        *reason = "the file is too large";
        return header->size <= SIZE_BELIEVED ? FRAME_TOO_LARGE : FRAME_WRONG;
    } else if (!string_equals(header->name, FILE_NAME)) {
        *reason = "that is no file for the sensor";
    } else if (held < sizeof(*header) + header->size) {
        return FRAME_INCOMPLETE;
    } else if (crc32(bytes + at + sizeof(*header), header->size) != header->checksum) {
        *reason = "the checksum of the frame is wrong";
    }
    return *reason == NULL ? FRAME_WHOLE : FRAME_WRONG;
}

// Whether a frame begins at `at`, or may begin there when more bytes arrive.
static bool frame_may_begin(size_t at)
{
    struct update_header header;
    const char *reason;
    enum frame_state state = frame_look(at, &header, &reason);
    return state == FRAME_WHOLE || state == FRAME_INCOMPLETE;
}

// Looks for a whole frame after one that is incomplete: perhaps its sender has stopped
// in the middle, and the next one has begun. Returns where the frame is, or `end`.
static size_t frame_behind(void)
{
    struct update_header header;
    const char *reason;
    looked = looked > start ? looked : start + 1;
    while (looked < end && !frame_may_begin(looked)) {
        looked++;
    }
    size_t at = looked;
    while (at < end && frame_look(at, &header, &reason) != FRAME_WHOLE) {
        at++;
    }
    return at;
}

static long ask(const char *sensor, uint32_t type, const char *path)
{
    struct message message;
    message_set_text(&message, type, path);
    long status = talk_ask(sensor, &message, SECONDS(5));
    return status < 0 ? status : (long)message_status(&message);
}

// Asks every sensor that runs for a verdict on a file, or to load it. Returns a CONTENT_
// value, and of several the first that is not ACCEPTED. -ERROR_NOT_FOUND if there is
// nobody to ask, another negated ERROR_ if a sensor runs, but does not answer.
static long ask_sensors(uint32_t type, const char *path)
{
    long verdict = -ERROR_NOT_FOUND;
    char sensor[NAME_SIZE];
    for (uint32_t line = 0; talk_next_sensor(&line, sensor);) {
        long its = ask(sensor, type, path);
        bool runs = its != -ERROR_NOT_FOUND && its != -ERROR_CLOSED;
        if (runs && (verdict == -ERROR_NOT_FOUND || verdict == CONTENT_ACCEPTED)) {
            verdict = its;
        }
    }
    return verdict;
}

static void refuse(long verdict)
{
    char text[80];
    format_text(text, sizeof(text), "refused %s", verdict_words((uint64_t)verdict));
    sys_unlink(CONTENT_NEW_PATH);
    say("updater: the sensor refuses %s: %s", FILE_NAME,
        verdict_words((uint64_t)verdict));
    struct record record = {.kind = RECORD_UPDATE_REFUSED};
    record.update_refused.reason = (uint64_t)verdict;
    talk_report(&record, FILE_NAME, NULL);
    answer(text);
}

// Stores a file: writes it under another name, asks the sensor, and only then renames
// it. So the sensor never finds half a file, or one that it would refuse.
static void store(const void *data, size_t size)
{
    long status = file_write(CONTENT_NEW_PATH, data, size);
    if (status < 0) {
        store_failed(status);
        return;
    }
    long verdict = ask_sensors(MESSAGE_CONTENT_CHECK, CONTENT_NEW_PATH);
    if (verdict > CONTENT_ACCEPTED) {
        refuse(verdict);
        return;
    }
    if (verdict < 0 && verdict != -ERROR_NOT_FOUND) {
        store_failed(verdict);  // the sensor runs, but does not answer
        return;
    }
    status = sys_rename(CONTENT_NEW_PATH, CONTENT_PATH);
    if (status < 0) {
        store_failed(status);
        return;
    }
    const char *unchecked = verdict < 0 ? " unchecked" : "";
    say("updater: stored %s, %zu bytes%s", FILE_NAME, size, unchecked);
    struct record record = {.kind = RECORD_UPDATE_STORED};
    record.update_stored.size = size;
    talk_report(&record, FILE_NAME, NULL);
    talk_tell("supervisor", "new content");
    (void)ask_sensors(MESSAGE_CONTENT_LOAD, CONTENT_PATH);
    char text[64];
    format_text(text, sizeof(text), "stored %s%s", FILE_NAME, unchecked);
    answer(text);
}

static void say_what_is_wrong(enum frame_state state, const char *reason)
{
    if (state == FRAME_TOO_LARGE) {
        refuse(CONTENT_TOO_LARGE);
    } else if (reason != NULL) {
        answer_error(reason);
    }
}

// Handles all complete frames, and moves the rest to the front of the buffer.
static void handle_frames(void)
{
    while (start < end) {
        struct update_header header;
        const char *reason;
        enum frame_state state = frame_look(start, &header, &reason);
        if (state == FRAME_INCOMPLETE) {
            size_t next = frame_behind();
            if (next == end) {
                break;
            }
            answer_error("a frame was cut short");
            start = next;
            continue;
        }
        if (state == FRAME_TOO_LARGE || state == FRAME_WRONG) {
            say_what_is_wrong(state, reason);
            start++;
            continue;
        }
        store(bytes + start + sizeof(header), header.size);
        start += sizeof(header) + header.size;
    }
    if (start > 0) {
        memmove(bytes, bytes + start, end - start);
        end -= start;
        looked = looked > start ? looked - start : 0;
        start = 0;
    }
}

// Tells the vendor which content this machine has, so that it can send a newer file. So
// a machine that was off when a file was sent gets it at the next start.
static void ask_for_updates(void)
{
    struct record record = {.kind = RECORD_UPDATE_ASKED};
    uint32_t checksum = content_checksum();
    char question[64];
    format_text(question, sizeof(question), "update? %s checksum=0x%x", FILE_NAME,
                checksum);
    answer(question);
    record.update_asked.checksum = checksum;
    talk_report(&record, FILE_NAME, NULL);
}

int main(void)
{
    long handle = sys_open("/DEV/LINK", OPEN_READ | OPEN_WRITE);
    if (handle < 0) {
        say("updater: no update link: %s", error_words(handle));
        return 1;
    }
    update_link = (uint32_t)handle;
    talk_tell("init", "ready");
    talk_wait_until_up();
    (void)sys_input_wait(update_link, NETWORK_DELAY);  // or until a file arrives
    ask_for_updates();
    for (;;) {
        long got = sys_read(update_link, bytes + end, sizeof(bytes) - end);
        if (got < 0) {
            say("updater: the update link fails: %s", error_words(got));
            return 1;
        }
        end += (size_t)got;
        handle_frames();
    }
}
