// errand: does one kind of thing again and again, when it is told to. `minios cost`
// measures what this costs. No machine starts it unless its service list says so:
//
//     errand program /BIN/ERRAND auto normal spawn
//
//     tell errand files 20      opens and closes a file, so often
//     tell errand pipes 20      opens and closes a named pipe
//     tell errand programs 10   starts a program, and waits until it has ended
//
// The boot option seed chooses the files and pipes. The same seed gives the same ones
// in the same order. The program that it starts is errand itself, with an argument.
#include "console.h"
#include "string.h"
#include "system.h"
#include "talk.h"

static const char *const files[] = {
    "/SYSTEM/SERVICES.INI",
    "/BIN/SHELL",
    "/BIN/INIT",
    "/SYSTEM/CONTENT/C-000291.SYS",
};
static const char *const pipes[] = {"errand.one", "errand.two", "errand.six"};
static uint64_t random;
static uint32_t inbox;   // a port
static uint32_t deaths;  // another one

// Marsaglia's xorshift, as in workload.c.
static uint64_t random_below(uint64_t limit)
{
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random % limit;
}

static long use_file(void)
{
    const char *path = files[random_below(sizeof(files) / sizeof(files[0]))];
    long handle = sys_open(path, OPEN_READ);
    return handle < 0 ? handle : sys_close((uint32_t)handle);
}

static long use_pipe(void)
{
    long handle = sys_pipe_open(pipes[random_below(sizeof(pipes) / sizeof(pipes[0]))]);
    return handle < 0 ? handle : sys_close((uint32_t)handle);
}

static long use_program(void)
{
    struct spawn request = {
        .path = "/BIN/ERRAND", .argument = "end", .death_port = deaths};
    struct message message;
    long process_id = sys_spawn(&request);
    return process_id < 0 ? process_id : sys_port_receive(deaths, &message, SECONDS(5));
}

static const struct {
    const char *word;
    long (*use)(void);
} kinds[] = {{"files ", use_file}, {"pipes ", use_pipe}, {"programs ", use_program}};

// Whoever measures stops the machine where these three begin.

[[gnu::noinline]] void errand_begins(void)
{
    __asm__ volatile("");
}

[[gnu::noinline]] void errand_has_done(void)
{
    __asm__ volatile("");
}

// Until now clients had time to look at what they were told.
[[gnu::noinline]] void errand_is_over(void)
{
    __asm__ volatile("");
}

static long repeat(long (*use)(void), uint64_t count)
{
    long status = use();  // before it counts: something may be read from the disk
    sys_sleep(MILLISECONDS(20));
    errand_begins();
    for (uint64_t i = 0; i < count && status >= 0; i++) {
        status = use();
    }
    errand_has_done();
    sys_sleep(MILLISECONDS(20));
    errand_is_over();
    return status;
}

static long obey(const char *words)
{
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (string_starts(words, kinds[i].word)) {
            return repeat(kinds[i].use, string_number(words + strlen(kinds[i].word)));
        }
    }
    return -ERROR_BAD_ARGUMENT;
}

static long prepare(void)
{
    random = talk_option("seed", 1);
    random = random == 0 ? 1 : random;
    long handle = sys_port_create("errand");
    inbox = (uint32_t)handle;
    if (handle >= 0) {
        handle = sys_port_create("errand.deaths");
        deaths = (uint32_t)handle;
    }
    for (unsigned i = 0; i < sizeof(pipes) / sizeof(pipes[0]) && handle >= 0; i++) {
        handle = sys_pipe_create(pipes[i]);
    }
    return handle;
}

int main(const char *argument)
{
    if (*argument != '\0') {
        return 0;  // it is the program that errand starts
    }
    long status = prepare();
    if (status < 0) {
        return 1;
    }
    talk_tell("init", "ready");
    for (;;) {
        struct message message, answer;
        char words[PATH_SIZE];
        if (sys_port_receive(inbox, &message, FOR_EVER) < 0) {
            continue;
        }
        message_text(&message, words, sizeof(words));
        status = obey(words);
        message_set_answer(&answer, (uint64_t)-status,
                           status < 0 ? error_words(status) : "done");
        if (message.call_id != 0) {
            sys_port_reply(message.call_id, &answer);
        }
    }
}
