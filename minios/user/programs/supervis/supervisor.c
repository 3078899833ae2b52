// supervisor: keeps the extensions alive, from ring 3.
//
// It starts every extension, so it is their parent, and the kernel sends it a message
// when one has died. restart_policy.c decides when to start it again. content_keeper.c
// says what happens to the content file after a crash loop. During a delay the
// supervisor goes on receiving messages.
//
// Here is the difference from ring 0. There a crash stops the machine, and nobody is
// left who could do this. Here the machine goes on all the time, but without protection
// until the sensor runs again: restart is not repair.
#include "console.h"
#include "content_keeper.h"
#include "format.h"
#include "restart_policy.h"
#include "string.h"
#include "system.h"
#include "talk.h"

enum { MAXIMUM_EXTENSIONS = 8 };

struct extension {
    struct service service;
    uint32_t process_id;  // 0 = not running
    struct restart_history history;
    bool planned;       // will be started at start_at
    uint64_t start_at;  // nanoseconds since boot
    uint64_t delay;     // how long this start has to wait
    bool ready;
};

static struct extension extensions[MAXIMUM_EXTENSIONS];
static uint32_t extension_count;
static bool fell_back;  // the content was replaced by the last good one
static uint32_t port;
static uint64_t next_promotion;
static const struct restart_policy *policy;

static struct extension *extension_of(uint32_t process_id)
{
    for (uint32_t i = 0; i < extension_count; i++) {
        if (process_id != 0 && extensions[i].process_id == process_id) {
            return &extensions[i];
        }
    }
    return NULL;
}

// Starts an extension. Returns the process id, or a negated ERROR_.
static long extension_spawn(struct extension *extension)
{
    const struct service *service = &extension->service;
    struct spawn request = {.rights = service->rights, .death_port = port};
    (void)string_copy(request.path, sizeof(request.path), service->image);
    extension->planned = false;
    extension->ready = false;
    long process_id = sys_spawn(&request);
    extension->process_id = process_id < 0 ? 0 : (uint32_t)process_id;
    return process_id;
}

static void extension_plan(struct extension *extension, uint64_t delay)
{
    extension->planned = true;
    extension->delay = delay;
    extension->start_at = (uint64_t)sys_clock() + delay;
}

// Whether an extension has said that it is a sensor: then it loads the content file.
static bool owns_content(const struct extension *extension)
{
    struct service service;
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        if (string_equals(service.name, extension->service.name)) {
            return service.is_sensor;
        }
    }
    return false;
}

// Starting it again does not help. Perhaps the content is the reason. So the first
// time, try the last good content; the second time, give up.
static void give_up(struct extension *extension, uint32_t cause)
{
    const char *name = extension->service.name;
    say("supervisor: %s died %u times in a row, starting it again does not help", name,
        extension->history.deaths);
    struct record record = {.kind = RECORD_GAVE_UP};
    record.gave_up.failures = extension->history.deaths;
    talk_report(&record, name, NULL);
    if (fell_back || cause != DEATH_FAULT || !owns_content(extension)) {
        say("supervisor: %s is not started again", name);
        return;
    }
    fell_back = true;
    keeper_quarantine();
    keeper_restore();
    restart_clear(&extension->history);
    extension_plan(extension, 0);
}

static void after_death(struct extension *extension, uint64_t lifetime, uint32_t cause)
{
    struct restart_verdict verdict =
        restart_decide(policy, &extension->history, (uint64_t)sys_clock(), lifetime);
    if (verdict.give_up) {
        give_up(extension, cause);
        return;
    }
    if (verdict.delay > 0) {
        if (verdict.delay >= SECONDS(1)) {
            say("supervisor: %s is started again in %lu s", extension->service.name,
                (verdict.delay + SECONDS(1) - 1) / SECONDS(1));
        }
        struct record record = {.kind = RECORD_RESTART_PLANNED};
        record.restart_planned.deaths = extension->history.deaths;
        record.restart_planned.delay = verdict.delay;
        talk_report(&record, extension->service.name, NULL);
    }
    extension_plan(extension, verdict.delay);
}

// Starts an extension whose delay is over. If that fails, it counts as a death.
static void extension_restart(struct extension *extension)
{
    long status = extension_spawn(extension);
    if (status < 0) {
        say("supervisor: cannot start %s: %s", extension->service.name,
            error_words(status));
        after_death(extension, 0, DEATH_EXIT);
        return;
    }
    say("supervisor: %s started again as process %u", extension->service.name,
        extension->process_id);
    struct record record = {.kind = RECORD_RESTART};
    record.restart.attempt = extension->history.deaths;
    record.restart.delay = extension->delay;
    record.restart.process_id = extension->process_id;
    talk_report(&record, extension->service.name, NULL);
}

static void hear_death(const struct message *message)
{
    struct death death;
    memcpy(&death, message->body, sizeof(death));
    struct extension *extension = extension_of(death.process_id);
    if (extension == NULL) {
        return;
    }
    char words[96];
    death_words(&death, words, sizeof(words));
    extension->process_id = 0;
    say("supervisor: %s (process %u) died: %s", extension->service.name,
        death.process_id, words);
    after_death(extension, death.lifetime, death.cause);
}

// The updater has stored new content. The deaths with the old content no longer count.
static void hear_new_content(void)
{
    fell_back = false;
    for (uint32_t i = 0; i < extension_count; i++) {
        struct extension *extension = &extensions[i];
        if (!owns_content(extension)) {
            continue;
        }
        restart_clear(&extension->history);
        if (extension->process_id == 0) {
            say("supervisor: new content, %s gets another chance",
                extension->service.name);
            extension_plan(extension, 0);
        }
    }
}

static void hear(const struct message *message)
{
    if (message->type == MESSAGE_DEATH && message->sender == 0) {
        hear_death(message);
    } else if (message_says(message, "new content") &&
               message_is_from(message, "updater")) {
        hear_new_content();
    } else if (message_says(message, "ready")) {
        struct extension *extension = extension_of(message->sender);
        if (extension != NULL) {
            extension->ready = true;
        }
    }
}

// Does everything whose time has come. Returns for how many nanoseconds nothing else
// has to be done.
static uint64_t work_due(void)
{
    uint64_t now = (uint64_t)sys_clock();
    if (now >= next_promotion) {
        keeper_promote();
        next_promotion = now + SECONDS(10);
    }
    uint64_t next = next_promotion;
    for (uint32_t i = 0; i < extension_count; i++) {
        struct extension *extension = &extensions[i];
        if (extension->planned && extension->start_at <= now) {
            extension_restart(extension);  // after a failure this plans another start
        }
        if (extension->planned && extension->start_at < next) {
            next = extension->start_at > now ? extension->start_at : now;
        }
    }
    return next - now;
}

static void wait_until_ready(const struct extension *extension)
{
    uint64_t deadline = (uint64_t)sys_clock() + SECONDS(4);
    while (!extension->ready && extension->process_id != 0) {
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

static void start_all(void)
{
    struct service service;
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        if (service.kind != SERVICE_EXTENSION || service.start > START_AUTO ||
            service.state == SERVICE_STATE_REFUSED) {
            continue;
        }
        if (extension_count == MAXIMUM_EXTENSIONS) {
            say("supervisor: too many extensions, %s is not started", service.name);
            continue;
        }
        if (service.state == SERVICE_STATE_RUNNING && service.process_id != 0) {
            sys_kill(service.process_id);  // left over from an earlier supervisor
        }
        struct extension *extension = &extensions[extension_count++];
        extension->service = service;
        long status = extension_spawn(extension);
        if (status < 0) {
            tell_failure(extension, status);
        } else {
            wait_until_ready(extension);
        }
    }
}

int main(void)
{
    long handle = sys_port_create("supervisor");
    if (handle < 0) {
        say("supervisor: no port: %s", error_words(handle));
        return 1;
    }
    port = (uint32_t)handle;
    char name[NAME_SIZE] = "";
    (void)sys_boot_option("restart", name, sizeof(name));
    policy = restart_policy_named(name);
    next_promotion = SECONDS(10);
    start_all();
    talk_tell("init", "ready");
    for (;;) {
        uint64_t wait = work_due();
        struct message message;
        if (sys_port_receive(port, &message, wait) >= 0) {
            hear(&message);
        }
    }
}
