// supervisor: keeps the extensions alive, from ring 3.
//
// It starts every extension, so it is their parent, and the kernel sends it a message
// when one has died. This file hears such messages, and passes them on to care.c, which
// says what follows. restart_policy.c decides when to start an extension again.
// content_keeper.c says what happens to the content file after a crash loop.
//
// Here is the difference from ring 0. There a crash stops the machine, and nobody is
// left who could do this. Here the machine goes on all the time, but without protection
// until the sensor runs again: restart is not repair.
#include "care.h"
#include "console.h"
#include "content_keeper.h"
#include "format.h"
#include "memory.h"
#include "string.h"
#include "system.h"
#include "talk.h"

enum {
    MAXIMUM_EXTENSIONS = MEMORY_LIVES,
    MAXIMUM_WAITING = 32,  // more messages than an inbox holds
};

static struct extension extensions[MAXIMUM_EXTENSIONS];
static uint32_t extension_count;
static uint32_t port;
static uint64_t next_promotion;
static struct memory memory;

static struct extension *extension_of(uint32_t process_id)
{
    for (uint32_t i = 0; i < extension_count; i++) {
        if (process_id != 0 && extensions[i].life.process_id == process_id) {
            return &extensions[i];
        }
    }
    return NULL;
}

static void hear_death(const struct message *message)
{
    struct death death;
    memcpy(&death, message->body, sizeof(death));
    struct extension *extension = extension_of(death.process_id);
    if (extension != NULL) {
        care_after_death(extension, &death);
    }
}

// The updater has stored new content.
static void hear_new_content(void)
{
    for (uint32_t i = 0; i < extension_count; i++) {
        care_after_new_content(&extensions[i]);
    }
}

static void start_all(void);

static struct extension *extension_named(const char *name)
{
    for (uint32_t i = 0; i < extension_count; i++) {
        if (string_equals(extensions[i].service.name, name)) {
            return &extensions[i];
        }
    }
    return NULL;
}

// What a text says after its beginning, or NULL if it begins with something else.
static const char *rest_of(const char *text, const char *beginning)
{
    return string_starts(text, beginning) ? text + strlen(beginning) : NULL;
}

// "hold NAME", "release NAME". Whoever could say that could switch the sensor off, so
// only the shell is believed.
static long command(const struct message *message, const char *text)
{
    const char *held = rest_of(text, "hold ");
    const char *released = rest_of(text, "release ");
    struct extension *extension = extension_named(held != NULL ? held : released);
    if (!message_is_from(message, "shell")) {
        return -ERROR_NOT_PERMITTED;
    }
    if (extension == NULL) {
        return -ERROR_NOT_FOUND;
    }
    (held != NULL ? care_hold : care_release)(extension);
    return 0;
}

// A question, or a command from the shell. Answered with an error, negated, and words:
// "policy", "status N" (the N-th extension), "hold NAME", "release NAME".
static void hear_call(const struct message *message)
{
    char text[MESSAGE_BODY_SIZE], words[MESSAGE_BODY_SIZE] = "";
    message_text(message, text, sizeof(text));
    const char *number = rest_of(text, "status ");
    long status = -ERROR_NOT_FOUND;
    if (string_equals(text, "policy")) {
        (void)string_copy(words, sizeof(words), care_policy());
        status = 0;
    } else if (number != NULL && string_number(number) < extension_count) {
        care_words(&extensions[string_number(number)], words, sizeof(words));
        status = 0;
    } else if (string_starts(text, "hold ") || string_starts(text, "release ")) {
        status = command(message, text);
    }
    struct message answer;
    message_set_answer(&answer, (uint64_t)status, words);
    sys_port_reply(message->call_id, &answer);
}

static void hear(const struct message *message)
{
    if (message->type == MESSAGE_DEATH && message->sender == 0) {
        hear_death(message);
    } else if (message->type == MESSAGE_TEXT && message->call_id != 0) {
        hear_call(message);
    } else if (message_says(message, "new content") &&
               message_is_from(message, "updater")) {
        hear_new_content();
    } else if (message_says(message, "look") && message_is_from(message, "shell")) {
        start_all();  // the user has approved something
    } else if (message_says(message, "ready") || message_says(message, "alive")) {
        struct extension *extension = extension_of(message->sender);
        if (extension != NULL) {
            care_after_answer(extension);
        }
    }
}

// Hears what is in the inbox already: an answer that waits there is one that has come.
static void hear_waiting(void)
{
    struct message message;
    for (int i = 0; i < MAXIMUM_WAITING; i++) {
        if (sys_port_receive(port, &message, 0) < 0) {
            return;
        }
        hear(&message);
    }
}

// Ends an extension that has not answered in time, unless its answer waits in the inbox.
static void end_if_silent(struct extension *extension)
{
    uint32_t process_id = extension->life.process_id;
    hear_waiting();
    if (extension->answer_by != 0 && extension->life.process_id == process_id) {
        care_end(extension);
    }
}

// Whether each extension that runs has answered its latest ping. Only then the keeper
// may ask the sensor how its content does: it waits for that answer, a second at most.
static bool nobody_owes_an_answer(void)
{
    for (uint32_t i = 0; i < extension_count; i++) {
        if (extensions[i].life.process_id != 0 && extensions[i].answer_by != 0) {
            return false;
        }
    }
    return true;
}

// Does everything whose time has come. Returns for how many nanoseconds nothing else
// has to be done.
static uint64_t work_due(void)
{
    uint64_t now = (uint64_t)sys_clock();
    if (now >= next_promotion && nobody_owes_an_answer()) {
        keeper_promote();
        next_promotion = now + SECONDS(10);
    }
    uint64_t next = next_promotion > now ? next_promotion : now + SECONDS(1);
    for (uint32_t i = 0; i < extension_count; i++) {
        bool is_silent = false;
        uint64_t due = care_due(&extensions[i], &is_silent);
        if (is_silent) {
            end_if_silent(&extensions[i]);
        }
        next = due < next ? due : next;
    }
    now = (uint64_t)sys_clock();
    return next > now ? next - now : 0;
}

static void wait_until_ready(const struct extension *extension)
{
    uint64_t deadline = (uint64_t)sys_clock() + SECONDS(4);
    while (!extension->ready && extension->life.process_id != 0) {
        uint64_t now = (uint64_t)sys_clock();
        struct message message;
        if (now >= deadline ||
            sys_port_receive(port, &message, deadline - now) == -ERROR_TIMED_OUT) {
            say("supervisor: %s does not say that it is ready",
                extension->service.name);
            return;
        }
        hear(&message);
    }
}

// Tells init that an extension did not start. init has the right to pass this on to the
// kernel, which does what the error control of the service says.
static void tell_failure(const struct extension *extension, long error)
{
    char text[MESSAGE_BODY_SIZE];
    format_text(text, sizeof(text), "failed %ld %s", -error, extension->service.name);
    talk_tell("init", text);
}

// Whether the manifest of an extension asks for an early start.
static bool is_early(const struct service *service)
{
    struct plugin_manifest manifest;
    return sys_plugin_manifest(service->image, &manifest) >= 0 &&
           manifest.flags & PLUGIN_EARLY;
}

static void start(struct extension *extension)
{
    long status = care_start(extension);
    if (status < 0) {
        tell_failure(extension, status);
    } else {
        wait_until_ready(extension);
    }
}

// Ends an extension that somebody else watches. The next one needs the name of its port,
// so this waits until the kernel has taken back everything, but not for ever.
static void end_foreign(uint32_t process_id)
{
    (void)sys_kill(process_id);
    for (uint32_t i = 0; i < 1000; i++) {
        long handle = sys_process_open(process_id, TASK_NAME);
        if (handle < 0) {
            return;
        }
        sys_close((uint32_t)handle);
        sys_sleep(MILLISECONDS(1));
    }
}

// Goes on where an earlier supervisor has stopped, if there was one. An extension that
// runs goes on running: a new one would be no better, and would leave a gap. One that
// is held, given up or waits for its start is left so.
static void take_up(struct extension *extension)
{
    const struct service *service = &extension->service;
    uint32_t state = extension->life.state;
    if (service->state == SERVICE_STATE_RUNNING && service->process_id != 0) {
        long status = care_adopt(extension, service->process_id);
        if (status == 0) {
            return;
        }
        if (status == -ERROR_EXISTS) {
            end_foreign(service->process_id);
            state = LIFE_UNKNOWN;  // that was no death of its own
        }
    }
    if (state == LIFE_RUNS) {
        care_after_unseen_death(extension);
    } else if (state == LIFE_UNKNOWN) {
        start(extension);
    }
}

static struct life life_of(const char *name)
{
    for (uint32_t i = 0; i < MEMORY_LIVES; i++) {
        if (string_equals(memory.lives[i].name, name)) {
            return memory.lives[i];
        }
    }
    struct life life = {0};
    (void)string_copy(life.name, sizeof(life.name), name);
    return life;
}

static void remember(void)
{
    memory.fell_back = care_fell_back();
    for (uint32_t i = 0; i < extension_count; i++) {
        memory.lives[i] = extensions[i].life;
    }
    memory_keep(&memory);
}

static void start_one(const struct service *service)
{
    struct extension *known = extension_named(service->name);
    if (known != NULL) {
        care_try_again(known);
        return;
    }
    if (extension_count == MAXIMUM_EXTENSIONS) {
        say("supervisor: too many extensions, %s is not started", service->name);
        return;
    }
    struct extension *extension = &extensions[extension_count++];
    extension->service = *service;
    extension->life = life_of(service->name);
    take_up(extension);
}

static bool is_ours(const struct service *service)
{
    bool is_watched =
        service->kind == SERVICE_EXTENSION || service->kind == SERVICE_USER_DRIVER;
    return is_watched && service->start <= START_AUTO &&
           service->state != SERVICE_STATE_REFUSED;
}

_Static_assert(SERVICES_LIMIT <= 32, "one bit for each line of the service list");

// Bit n of `lines` stands for line n of the service list. What has become of a service
// while others were started is looked up again.
static void start_those(uint32_t lines)
{
    for (uint32_t i = 0; i < SERVICES_LIMIT; i++) {
        struct service service;
        if (lines >> i & 1 && sys_service_query(i, &service) >= 0 &&
            is_ours(&service)) {
            start_one(&service);
        }
    }
}

// Those that ask for it first, so that they see the others start (macOS calls that
// NSEndpointSecurityEarlyBoot). The others wait until they are ready, but not for ever.
static void start_all(void)
{
    uint32_t early = 0, others = 0;
    struct service service;
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        if (is_ours(&service)) {
            uint32_t *lines = is_early(&service) ? &early : &others;
            *lines |= 1U << i;
        }
    }
    start_those(early);
    start_those(others);
}

int main(void)
{
    long handle = sys_port_create("supervisor");
    if (handle < 0) {
        say("supervisor: no port: %s", error_words(handle));
        return 1;
    }
    port = (uint32_t)handle;
    memory_recall(&memory);
    care_begin(port, memory.fell_back != 0);
    next_promotion = SECONDS(10);
    start_all();
    talk_tell("init", "ready");
    for (;;) {
        uint64_t wait = work_due();
        remember();
        struct message message;
        if (sys_port_receive(port, &message, wait) >= 0) {
            hear(&message);
        }
    }
}
