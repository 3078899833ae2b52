// updater: takes content files from the update link and hands them to the sensor.
//
// A file arrives in one frame (minios/abi/disk_layout.py):
//
//     0        4      8      12        16
//     +--------+------+------+---------+------------------+---------------+
//     | "MUPD" | size | crc  | reserved| name, 16 bytes   | size bytes ...|
//     +--------+------+------+---------+------------------+---------------+
//
// What is no frame is skipped one byte at a time until one begins, also what stands behind
// a header that is wrong: a sender that stops half-way, or a size that was damaged on the
// way, spoils its own file only. Each frame is answered with one line: "stored NAME",
// "stored NAME unchecked", "refused REASON" or "error REASON".
//
// The sensor is asked first whether it would load the file. A sensor that does not
// answer (perhaps it is dead just because of its content) cannot be asked: then the file
// is stored all the same, for that is how a repaired one gets in.
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

// A header that names more than this is noise, not a file that is too large.
#define SIZE_BELIEVED (1U << 20)

// Bytes of the link from `start` to `end` that belong to no finished frame yet.
static uint8_t bytes[sizeof(struct update_header) + CONTENT_FILE_MAXIMUM_FILE_SIZE];
static size_t start;
static size_t end;
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

// A good frame has come, and its file cannot be stored.
static void store_failed(long error)
{
    struct record record = {.kind = RECORD_UPDATE_FAILED};
    record.values[0] = (uint64_t)-error;
    talk_report(&record, FILE_NAME, NULL);
    (void)sys_unlink(CONTENT_NEW_PATH);  // where it could be written, but not published
    answer_error(error_words(error));
}

// What stands at `at`: a frame, the beginning of one, or something else; then `reason`
// says why, unless it does not even begin like one.
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

// A whole frame behind one that is incomplete: that sender has stopped half-way and the
// next one has begun. Returns where it is, or `end`.
static size_t frame_behind(void)
{
    struct update_header header;
    const char *reason;
    size_t at = start + 1;
    while (at < end && frame_look(at, &header, &reason) != FRAME_WHOLE) {
        at++;
    }
    return at;
}

// Asks the sensor for a verdict on a file. Returns a CONTENT_ value, or a negated
// ERROR_ if there is nobody to ask.
static long ask_sensor(uint32_t type, const char *path)
{
    struct message message;
    message_set_text(&message, type, path);
    long status = talk_ask("sentinel", &message, SECONDS(5));
    return status < 0 ? status : (long)message_status(&message);
}

static void refuse(long verdict)
{
    char text[80];
    format_text(text, sizeof(text), "refused %s", verdict_words((uint64_t)verdict));
    sys_unlink(CONTENT_NEW_PATH);
    say("updater: the sensor refuses %s: %s", FILE_NAME,
        verdict_words((uint64_t)verdict));
    struct record record = {.kind = RECORD_UPDATE_REFUSED};
    record.values[0] = (uint64_t)verdict;
    talk_report(&record, FILE_NAME, NULL);
    answer(text);
}

static void store(const void *data, size_t size)
{
    long status = file_write(CONTENT_NEW_PATH, data, size);
    if (status < 0) {
        store_failed(status);
        return;
    }
    long verdict = ask_sensor(MESSAGE_CONTENT_CHECK, CONTENT_NEW_PATH);
    if (verdict > CONTENT_ACCEPTED) {
        refuse(verdict);
        return;
    }
    if (verdict < 0 && verdict != -ERROR_NOT_FOUND && verdict != -ERROR_CLOSED) {
        store_failed(verdict);  // it lives, but does not answer now
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
    record.values[0] = size;
    talk_report(&record, FILE_NAME, NULL);
    talk_tell("supervisor", "new content");
    (void)ask_sensor(MESSAGE_CONTENT_LOAD, CONTENT_PATH);
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

// Handles everything that is complete, and moves the rest to the front.
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
    memmove(bytes, bytes + start, end - start);
    end -= start;
    start = 0;
}

// Tells the other end which content is here, so that it can send what is newer: a machine
// that was down when a file was sent gets it all the same.
static void ask_for_updates(void)
{
    struct record record = {.kind = RECORD_UPDATE_ASKED};
    uint32_t checksum = content_checksum();
    char question[64];
    format_text(question, sizeof(question), "update? %s checksum=0x%x", FILE_NAME,
                checksum);
    answer(question);
    record.values[0] = checksum;
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
    (void)sys_input_wait(update_link, NETWORK_DELAY);  // or somebody speaks first
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
