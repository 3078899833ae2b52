// How the supervisor takes care of one extension: starts it, notices that it hangs, and
// decides what follows when it has died.
//
//     start ---> not ready ---"ready"---> runs <---- ping, "alive" (each second)
//       ^            |                     |
//       |            | no answer in time   | no answer in time: it is ended
//       |            v                     v
//       +--delay-- dead <--------------- dead ----> given up
//
// The supervisor never waits for an extension. It sends a ping, does something else,
// and looks later whether an answer has come. So an extension that hangs cannot make
// the supervisor hang.
#include "care.h"

#include "console.h"
#include "content_keeper.h"
#include "string.h"
#include "system.h"
#include "talk.h"

// How long an extension may take until it says that it is ready.
#define START_LIMIT SECONDS(10)

// After how long to try again if an inbox had no room for a ping. Who lives makes room.
#define PING_AGAIN MILLISECONDS(10)

static const struct restart_policy *policy;
static uint32_t death_port;
static bool fell_back;  // the content was replaced by the last good one

void care_begin(uint32_t port)
{
    char name[NAME_SIZE] = "";
    (void)sys_boot_option("restart", name, sizeof(name));
    policy = restart_policy_named(name);
    death_port = port;
}

// The kernel knows by now if the file of an extension is another version.
static void refresh(struct extension *extension)
{
    struct service service;
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        if (string_equals(service.name, extension->service.name)) {
            extension->service = service;
        }
    }
}

long care_start(struct extension *extension)
{
    refresh(extension);
    const struct service *service = &extension->service;
    struct spawn request = {.rights = service->rights, .death_port = death_port};
    (void)string_copy(request.path, sizeof(request.path), service->image);
    extension->planned = false;
    extension->ready = false;
    extension->hangs = false;
    extension->answer_by = (uint64_t)sys_clock() + START_LIMIT;
    long process_id = sys_spawn(&request);
    extension->process_id = process_id < 0 ? 0 : (uint32_t)process_id;
    return process_id;
}

static void plan(struct extension *extension, uint64_t delay)
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

// Whether the content file may be the reason for a death. It is not if the extension
// has ended by itself, or somebody has ended it who had another reason.
static bool may_be_the_content(const struct extension *extension, uint32_t cause)
{
    bool by_itself =
        cause == DEATH_FAULT || cause == DEATH_DEADLINE || extension->hangs;
    return by_itself && owns_content(extension);
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
    if (fell_back || !may_be_the_content(extension, cause)) {
        say("supervisor: %s is not started again", name);
        return;
    }
    fell_back = true;
    keeper_quarantine();
    keeper_restore();
    restart_clear(&extension->history);
    plan(extension, 0);
}

// Console lines name whole seconds only: they read the same on every emulator.
static void tell_delay(const struct extension *extension, uint64_t delay)
{
    const char *name = extension->service.name;
    if (delay >= SECONDS(1)) {
        say("supervisor: %s is started again in %lu s", name,
            (delay + SECONDS(1) - 1) / SECONDS(1));
    }
    struct record record = {.kind = RECORD_RESTART_PLANNED};
    record.restart_planned.deaths = extension->history.deaths;
    record.restart_planned.delay = delay;
    talk_report(&record, name, NULL);
}

static void decide(struct extension *extension, uint64_t lifetime, uint32_t cause)
{
    struct restart_verdict verdict =
        restart_decide(policy, &extension->history, (uint64_t)sys_clock(), lifetime);
    if (verdict.give_up) {
        give_up(extension, cause);
        return;
    }
    if (verdict.delay > 0) {
        tell_delay(extension, verdict.delay);
    }
    plan(extension, verdict.delay);
}

void care_try_again(struct extension *extension)
{
    if (extension->process_id == 0 && !extension->planned) {
        restart_clear(&extension->history);
        plan(extension, 0);
    }
}

void care_after_death(struct extension *extension, const struct death *death)
{
    char words[96];
    death_words(death, words, sizeof(words));
    say("supervisor: %s (process %u) died: %s", extension->service.name,
        death->process_id, words);
    extension->process_id = 0;
    decide(extension, death->lifetime, death->cause);
}

// It lives, and owes no answer any more.
void care_after_answer(struct extension *extension)
{
    extension->ready = true;
    extension->answer_by = 0;
    extension->ping_at = (uint64_t)sys_clock() + MILLISECONDS(policy->ping);
}

// The deaths with the old content no longer count.
void care_after_new_content(struct extension *extension)
{
    fell_back = false;
    if (!owns_content(extension)) {
        return;
    }
    restart_clear(&extension->history);
    if (extension->process_id == 0) {
        say("supervisor: new content, %s gets another chance", extension->service.name);
        plan(extension, 0);
    }
}

// Starts an extension whose delay is over. If that fails, it counts as a death.
static void start_again(struct extension *extension)
{
    long status = care_start(extension);
    if (status < 0) {
        say("supervisor: cannot start %s: %s", extension->service.name,
            error_words(status));
        decide(extension, 0, DEATH_EXIT);
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

// Sends a ping. A port that is not found is one of another name: such an extension
// cannot be asked.
static void ping(struct extension *extension, uint64_t now)
{
    struct message message = {.type = MESSAGE_PING};
    long status = talk_send(extension->service.name, &message);
    if (extension->answer_by == 0 && status != -ERROR_NOT_FOUND) {
        extension->answer_by = now + MILLISECONDS(policy->silence);
    }
    bool has_room = status != -ERROR_WOULD_BLOCK;
    extension->ping_at = now + (has_room ? MILLISECONDS(policy->ping) : PING_AGAIN);
}

uint64_t care_due(struct extension *extension, bool *is_silent)
{
    uint64_t now = (uint64_t)sys_clock();
    if (extension->planned && extension->start_at <= now) {
        start_again(extension);  // after a failure this plans another start
    }
    if (extension->process_id == 0 || extension->hangs) {
        return extension->planned ? extension->start_at : FOR_EVER;
    }
    *is_silent = extension->answer_by != 0 && extension->answer_by <= now;
    if (extension->ready && extension->ping_at <= now) {
        ping(extension, now);
    }
    uint64_t next = extension->ready ? extension->ping_at : FOR_EVER;
    bool owes = extension->answer_by != 0;
    return owes && extension->answer_by < next ? extension->answer_by : next;
}

void care_end(struct extension *extension)
{
    const char *name = extension->service.name;
    say("supervisor: %s (process %u) does not answer, and is ended", name,
        extension->process_id);
    struct record record = {.kind = RECORD_UNRESPONSIVE};
    record.unresponsive.process_id = extension->process_id;
    record.unresponsive.silence =
        extension->ready ? MILLISECONDS(policy->silence) : START_LIMIT;
    talk_report(&record, name, NULL);
    extension->hangs = true;
    (void)sys_kill(extension->process_id);  // NOT_FOUND: it has just died by itself
}
