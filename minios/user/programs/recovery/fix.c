// "Fetch a fix": asks the vendor over the update link what to do, and does it. The
// idea is that of Windows' Quick Machine Recovery, which came after July 2024.
//
// The question is one line. The answer is one frame (minios/abi/disk_layout.py) that
// begins with "MFIX". Its text has one step a line, done in this order:
//
//     rm FILE            delete it; it is no mistake if the file is not there
//     mv FROM TO         rename it; the same applies
//     cp FROM TO         copy it
//     svc NAME START     change when a service is started
//     # ...              a comment for a person
//
// The power may fail between any two steps. If `rm` deleted a file at once, and a later
// step made it again, a power cut in between would leave the machine without the file.
// So `rm` and `mv` only note what they remove. It is deleted at the end, and only if no
// step has put another file in its place.
//
// A fix may name only files below /SYSTEM. A step that fails ends the fix. The frame
// has a checksum against damage, but no signature against forgery: whoever controls the
// link is believed, here as with updates.
#include "fix.h"

#include "command.h"
#include "console.h"
#include "crc32.h"
#include "file.h"
#include "format.h"
#include "last_stop.h"
#include "service_list.h"
#include "string.h"
#include "system.h"
#include "talk.h"

#define FIX_PATIENCE  SECONDS(10)
#define FIX_COPY_PATH "/SYSTEM/FIX.TMP"
#define FIX_GOING     32  // how many files one fix may delete

enum fix_state { FIX_MISSING, FIX_COMPLETE };

static uint8_t fix_bytes[sizeof(struct update_header) + FIX_BYTES + 1];
static size_t fix_held;

static long fix_ask(uint32_t link)
{
    char question[128];
    struct last_stop last = last_stop_newest();
    int length = format_text(question, sizeof(question), "fix? stop=0x%lx module=%s\n",
                             last.stop.code, last.known ? last.stop.blamed : "-");
    return sys_write(link, question, (size_t)length);
}

// Drops so many bytes, and all further bytes up to the next "MFIX".
static void fix_drop(size_t at)
{
    static const char magic[] = "MFIX";
    while (at < fix_held) {
        size_t rest = fix_held - at;
        if (memcmp(fix_bytes + at, magic, rest < 4 ? rest : 4) == 0) {
            break;
        }
        at++;
    }
    memmove(fix_bytes, fix_bytes + at, fix_held - at);
    fix_held -= at;
}

// Drops everything before the first frame. Returns whether the frame is complete.
static enum fix_state fix_look(struct update_header *header)
{
    for (fix_drop(0); fix_held >= sizeof(*header); fix_drop(1)) {
        memcpy(header, fix_bytes, sizeof(*header));
        header->name[sizeof(header->name) - 1] = '\0';
        if (header->size <= FIX_BYTES) {  // no fix is longer
            return fix_held < sizeof(*header) + header->size ? FIX_MISSING
                                                             : FIX_COMPLETE;
        }
    }
    return FIX_MISSING;
}

// Waits for the answer. Returns 0, -ERROR_TIMED_OUT, or the error of the link.
static long fix_receive(uint32_t link, struct update_header *header)
{
    uint64_t deadline = (uint64_t)sys_clock() + FIX_PATIENCE;
    fix_held = 0;
    while (fix_look(header) == FIX_MISSING) {
        uint64_t now = (uint64_t)sys_clock();
        long status =
            now < deadline ? sys_input_wait(link, deadline - now) : -ERROR_TIMED_OUT;
        if (status >= 0) {
            status =
                sys_read(link, fix_bytes + fix_held, sizeof(fix_bytes) - 1 - fix_held);
        }
        if (status == -ERROR_TIMED_OUT && fix_held > 0) {
            return -ERROR_IO_ERROR;  // the size was damaged, so the rest never comes
        }
        if (status < 0) {
            return status;
        }
        fix_held += (size_t)status;
    }
    const uint8_t *text = fix_bytes + sizeof(*header);
    return crc32(text, header->size) == header->checksum ? 0 : -ERROR_IO_ERROR;
}

static bool fix_may_touch(const char *path)
{
    return string_starts(path, "/SYSTEM/");
}

// The files that will be deleted at the end.
static char fix_going[FIX_GOING][PATH_SIZE];
static unsigned fix_going_count;

static void stays(const char *path)
{
    for (unsigned i = 0; i < fix_going_count; i++) {
        if (string_equals(fix_going[i], path)) {
            fix_going[i][0] = '\0';
        }
    }
}

static long goes(const char *path)
{
    if (fix_going_count == FIX_GOING) {
        return -ERROR_NO_MEMORY;
    }
    (void)string_copy(fix_going[fix_going_count++], PATH_SIZE, path);
    return 0;
}

static long step_remove(const char *path, const char *unused)
{
    (void)unused;
    return goes(path);
}

static long step_copy(const char *from, const char *to)
{
    long status = file_replace(from, to, FIX_COPY_PATH);
    if (status >= 0) {
        stays(to);
    }
    return status;
}

static long step_move(const char *from, const char *to)
{
    long status = step_copy(from, to);
    if (status >= 0) {
        return goes(from);
    }
    if (status != -ERROR_NOT_FOUND) {  // no space for a copy, or it is a folder
        status = sys_rename(from, to);
    }
    return status == -ERROR_NOT_FOUND ? 0 : status;
}

// The last step: deletes the files. Until here, nothing has been deleted.
static long fix_let_go(void)
{
    for (unsigned i = 0; i < fix_going_count; i++) {
        long status = fix_going[i][0] == '\0' ? 0 : sys_unlink(fix_going[i]);
        if (status < 0 && status != -ERROR_NOT_FOUND) {
            return status;
        }
    }
    return 0;
}

static const struct {
    const char *verb;
    int words;
    bool paths;  // the words are paths, so they must lie below /SYSTEM
    long (*run)(const char *first, const char *second);
} fix_steps[] = {
    {"rm", 1, true, step_remove},
    {"mv", 2, true, step_move},
    {"cp", 2, true, step_copy},
    {"svc", 2, false, service_list_set_start},
};

// Does one step. Returns 0 or a negated ERROR_: NOT_IMPLEMENTED for an unknown step.
static long fix_step(const char *verb, const char *first, const char *second)
{
    int words = (*first != '\0') + (*second != '\0');
    for (size_t i = 0; i < sizeof(fix_steps) / sizeof(fix_steps[0]); i++) {
        if (!string_equals(fix_steps[i].verb, verb)) {
            continue;
        }
        if (words != fix_steps[i].words) {
            return -ERROR_BAD_ARGUMENT;
        }
        if (fix_steps[i].paths &&
            !(fix_may_touch(first) && (words == 1 || fix_may_touch(second)))) {
            return -ERROR_NOT_PERMITTED;
        }
        return fix_steps[i].run(first, second);
    }
    return -ERROR_NOT_IMPLEMENTED;
}

static const char *fix_words(long error)
{
    switch (-error) {
    case ERROR_NOT_PERMITTED:
        return "only files below /SYSTEM/ may be named";
    case ERROR_NOT_IMPLEMENTED:
        return "there is no such step";
    default:
        return error_words(error);
    }
}

// Does all steps, line by line. Returns 0, or the error of the first step that failed.
static long fix_apply(const char *name, char *text)
{
    fix_going_count = 0;
    while (*text != '\0') {
        char *end = text;
        while (*end != '\0' && *end != '\n') {
            end++;
        }
        char *next = *end == '\0' ? end : end + 1;
        *end = '\0';
        char *line = words_trim(text);
        text = next;
        if (*line == '\0' || *line == '#') {
            continue;
        }
        say("  %s", line);
        char said[PATH_SIZE];
        (void)string_copy(said, sizeof(said), line);
        char *first = word_cut(line);
        char *second = word_cut(first);
        long status = fix_step(line, first, second);
        if (status < 0) {
            return status;
        }
        talk_report(&(struct record){.kind = RECORD_FIX_APPLIED}, name, said);
    }
    return fix_let_go();
}

bool fix_fetch(void)
{
    long handle = sys_open("/DEV/LINK", OPEN_READ | OPEN_WRITE);
    if (handle < 0) {
        say("no update link: %s", error_words(handle));
        return false;
    }
    uint32_t link = (uint32_t)handle;
    struct update_header header;
    say("asking for a fix ...");
    long status = fix_ask(link);
    if (status >= 0) {
        status = fix_receive(link, &header);
    }
    sys_close(link);
    if (status < 0) {
        say(status == -ERROR_TIMED_OUT ? "nobody answers on the update link"
                                       : "the answer was damaged; try again");
        return false;
    }
    if (header.size == 0) {
        say("the vendor knows no fix for this");
        return false;
    }
    fix_bytes[sizeof(header) + header.size] = '\0';
    say("applying %s:", header.name);
    status = fix_apply(header.name, (char *)fix_bytes + sizeof(header));
    if (status < 0) {
        say("the fix failed at this step: %s", fix_words(status));
        return false;
    }
    say("the fix has been applied");
    return true;
}
