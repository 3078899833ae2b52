// workload: something that the sensor can watch. From time to time it opens a named
// pipe, asks a question through it, answers the question as the server, reads the
// answer and closes the pipe. Each opening is a security event, and the sensor
// evaluates its content.
//
// Boot options: first_event_ms (default 50) and event_ms (400; 0 = only one event) are
// the pauses; seed (1) chooses the pipes. The same seed gives the same pipes in the
// same order.
#include "console.h"
#include "string.h"
#include "system.h"
#include "talk.h"

struct pipe {
    const char *name;
    const char *request;
    const char *answer;
    uint32_t server;  // handle of the server's end; 0 = not made yet
};

static struct pipe pipes[] = {
    {.name = "spoolss", .request = "open printer", .answer = "printer 1"},
    {.name = "lsass", .request = "who am i", .answer = "user"},
    {.name = "wkssvc", .request = "list shares", .answer = "none"},
    {.name = "mojo.workload", .request = "draw", .answer = "done"},
};

enum { PIPE_COUNT = sizeof(pipes) / sizeof(pipes[0]) };

// The next number that looks random: Marsaglia's xorshift (Journal of Statistical
// Software, 8(14), 2003). The state is never 0, if it does not begin with 0.
static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static long pipe_serve(struct pipe *pipe)
{
    if (pipe->server != 0) {
        return 0;
    }
    long handle = sys_pipe_create(pipe->name);
    if (handle < 0) {
        return handle;
    }
    pipe->server = (uint32_t)handle;
    return 0;
}

static long pipe_exchange(const struct pipe *pipe, uint32_t client)
{
    char buffer[64];
    long status = sys_write(client, pipe->request, strlen(pipe->request));
    if (status >= 0) {
        status = sys_read(pipe->server, buffer, sizeof(buffer));
    }
    if (status >= 0) {
        status = sys_write(pipe->server, pipe->answer, strlen(pipe->answer));
    }
    if (status >= 0) {
        status = sys_read(client, buffer, sizeof(buffer));
    }
    return status;
}

static long pipe_use(struct pipe *pipe)
{
    long status = pipe_serve(pipe);
    if (status < 0) {
        return status;
    }
    long client = sys_pipe_open(pipe->name);
    if (client < 0) {
        return client;
    }
    status = pipe_exchange(pipe, (uint32_t)client);
    sys_close((uint32_t)client);
    return status;
}

int main(void)
{
    uint64_t random = talk_option("seed", 1);
    uint64_t pause = MILLISECONDS(talk_option("event_ms", 400));
    uint64_t wait = MILLISECONDS(talk_option("first_event_ms", 50));
    random = random == 0 ? 1 : random;
    talk_tell("init", "ready");
    for (;;) {
        sys_sleep(wait);
        struct pipe *pipe = &pipes[random_next(&random) % PIPE_COUNT];
        long status = pipe_use(pipe);
        if (status < 0) {
            say("workload: pipe %s: %s", pipe->name, error_words(status));
        }
        // Between half the pause and one and a half times the pause.
        wait = pause == 0 ? FOR_EVER : pause / 2 + random_next(&random) % pause;
    }
}
