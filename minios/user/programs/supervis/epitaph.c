// A file on the disk for each death of an extension: who died, when, of what, and what
// the supervisor did. A person reads it with `cat`, also after a restart of the machine.
//
//     /SYSTEM/EPITAPHS/SENTINEL.001 ... SENTINEL.009     the latest eight deaths
//
// One number is always missing: the next file gets it, and then the file after that, the
// oldest, is deleted. So nobody has to remember a number, and the disk does not fill up.
// The text becomes visible all at once when the file is closed, so there is no half one.
#include "epitaph.h"

#include "console.h"
#include "file.h"
#include "format.h"
#include "string.h"
#include "system.h"

enum { FILES = 9 };  // of which one is missing

static void seconds_words(uint64_t nanoseconds, char *words, size_t size)
{
    format_text(words, size, "%lu.%06lu s", nanoseconds / SECONDS(1),
                nanoseconds % SECONDS(1) / 1000);
}

static void verdict_of(const struct life *life, char *words, size_t size)
{
    char delay[32];
    seconds_words(life->delay, delay, sizeof(delay));
    if (life->state == LIFE_GAVE_UP) {
        format_text(words, size, "not started again: it does not help");
    } else if (life->state == LIFE_HELD) {
        format_text(words, size, "held: not started again until it is released");
    } else if (life->history.deaths == 0) {
        format_text(words, size, "the content is replaced by the last good one");
    } else {
        format_text(words, size, "started again after %s", delay);
    }
}

void epitaph_compose(struct epitaph *epitaph, const struct life *life,
                     const struct death *death, bool hung, const char *policy)
{
    struct boot_status boot = {0};
    (void)sys_boot_status(&boot);
    char cause[96], now[32], lifetime[32], away[32], verdict[64];
    death_words(death, cause, sizeof(cause));
    seconds_words((uint64_t)sys_clock(), now, sizeof(now));
    seconds_words(death->lifetime, lifetime, sizeof(lifetime));
    seconds_words(life->away, away, sizeof(away));
    verdict_of(life, verdict, sizeof(verdict));
    format_text(epitaph->text, sizeof(epitaph->text),
                "extension   %s\n"
                "process     %u\n"
                "start       %lu of the machine\n"
                "died        %s after it\n"
                "ran         %s\n"
                "cause       %s\n"
                "vector      %lu\n"
                "error code  0x%lx\n"
                "address     0x%lx\n"
                "instruction 0x%lx\n"
                "restarts    %u\n"
                "deaths      %u in a row\n"
                "without it  %s before\n"
                "policy      %s\n"
                "verdict     %s\n",
                death->name, death->process_id, boot.starts, now, lifetime,
                hung ? "it hung, and the supervisor has ended it" : cause,
                death->vector, death->error_code, death->address, death->rip,
                life->restarts, life->history.deaths, away, policy, verdict);
}

static void path_of(const char *extension, uint32_t number, char path[PATH_SIZE])
{
    char name[NAME_SIZE];
    (void)string_copy(name, sizeof(name), extension);
    const char *ending = string_find(name, ".");
    if (ending != NULL) {
        name[ending - name] = '\0';
    }
    format_text(path, PATH_SIZE, EPITAPHS_FOLDER "/%s.%03u", name, number);
}

static uint32_t after(uint32_t number)
{
    return number % FILES + 1;
}

// The number that is missing: the files of earlier starts are kept.
static uint32_t first_missing(const char *extension)
{
    for (uint32_t number = 1; number <= FILES; number++) {
        char path[PATH_SIZE];
        path_of(extension, number, path);
        long handle = sys_open(path, OPEN_READ);
        if (handle < 0) {
            return number;
        }
        sys_close((uint32_t)handle);
    }
    return 1;  // the machine stopped between two steps: the oldest is replaced
}

void epitaph_write(struct epitaph *epitaph, const struct death *death)
{
    if (epitaph->text[0] == '\0') {
        return;
    }
    if (epitaph->number == 0) {
        epitaph->number = first_missing(death->name);
    }
    char path[PATH_SIZE], oldest[PATH_SIZE];
    path_of(death->name, epitaph->number, path);
    path_of(death->name, after(epitaph->number), oldest);
    long status = file_write(path, epitaph->text, strlen(epitaph->text));
    (void)sys_unlink(oldest);  // NOT_FOUND until there are enough
    epitaph->text[0] = '\0';
    if (status < 0) {
        say("supervisor: cannot write %s: %s", path, error_words(status));
        return;
    }
    epitaph->number = after(epitaph->number);
}
