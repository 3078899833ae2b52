// How the supervisor takes care of one extension: starts it, notices that it hangs, and
// decides what follows when it has died.
//
//     start ---> not ready ---"ready"---> runs <---- ping, "alive" (each second)
//       ^            |                     |
//       |            | no answer in time   | no answer in time: it is ended
//       |            v                     v
//       +--delay-- dead <--------------- dead ----> given up
//
// To find that out, the supervisor does not wait. It sends a ping, does something else,
// and looks later whether an answer has come. (It waits only to ask a sensor about its
// content, and for a second at most.) So an extension that hangs cannot make it hang.
#include "care.h"

#include "console.h"
#include "content_keeper.h"
#include "format.h"
#include "string.h"
#include "system.h"
#include "talk.h"

// How long an extension may take until it says that it is ready.
#define START_LIMIT SECONDS(10)

// After how long to try again if an inbox had no room for a ping. Who lives makes room.
#define PING_AGAIN MILLISECONDS(10)

static const struct restart_policy *policy;
static uint32_t death_port;
static bool has_fallen_back;  // the content was replaced by the last good one

void care_begin(uint32_t port, bool fell_back)
{
    has_fallen_back = fell_back;
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
    struct life *life = &extension->life;
    life->started = (uint64_t)sys_clock();
    extension->ready = false;
    extension->hangs = false;
    extension->answer_by = life->started + START_LIMIT;
    long process_id = sys_spawn(&request);
    life->process_id = process_id < 0 ? 0 : (uint32_t)process_id;
    life->state = process_id < 0 ? LIFE_UNKNOWN : LIFE_RUNS;
    return process_id;
}

bool care_fell_back(void)
{
    return has_fallen_back;
}

long care_adopt(struct extension *extension, uint32_t process_id)
{
    long status = sys_process_watch(process_id, death_port);
    if (status < 0) {
        return status;
    }
    struct life *life = &extension->life;
    uint64_t now = (uint64_t)sys_clock();
    if (life->process_id != process_id) {
        life->started = now;  // more is not known
    }
    life->process_id = process_id;
    life->state = LIFE_RUNS;
    extension->ready = true;
    extension->ping_at = now;
    say("supervisor: %s runs on as process %u", extension->service.name, process_id);
    return 0;
}

const char *care_policy(void)
{
    return policy->name;
}

// Plans the next start, unless somebody wants to examine the dead extension.
static void plan(struct extension *extension, uint64_t delay)
{
    struct life *life = &extension->life;
    life->state = life->is_held ? LIFE_HELD : LIFE_PLANNED;
    life->delay = delay;
    life->start_at = (uint64_t)sys_clock() + delay;
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
        extension->life.history.deaths);
    struct record record = {.kind = RECORD_GAVE_UP};
    record.gave_up.failures = extension->life.history.deaths;
    talk_report(&record, name, NULL);
    extension->life.state = LIFE_GAVE_UP;
    if (has_fallen_back || !may_be_the_content(extension, cause)) {
        say("supervisor: %s is not started again", name);
        return;
    }
    has_fallen_back = true;
    keeper_quarantine();
    keeper_restore();
    restart_clear(&extension->life.history);
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
    record.restart_planned.deaths = extension->life.history.deaths;
    record.restart_planned.delay = delay;
    talk_report(&record, name, NULL);
}

static void decide(struct extension *extension, uint64_t lifetime, uint32_t cause)
{
    struct restart_verdict verdict = restart_decide(policy, &extension->life.history,
                                                    (uint64_t)sys_clock(), lifetime);
    if (verdict.give_up) {
        give_up(extension, cause);
        return;
    }
    plan(extension, verdict.delay);
    if (extension->life.state == LIFE_HELD) {
        say("supervisor: %s is held, and is not started again",
            extension->service.name);
    } else if (verdict.delay > 0) {
        tell_delay(extension, verdict.delay);
    }
}

// From this moment on the machine has to do without it, unless it was lost before.
static void note_loss(struct extension *extension, uint64_t since)
{
    if (extension->life.away_since == 0) {
        extension->life.away_since = since;
    }
}

static void note_return(struct extension *extension)
{
    struct life *life = &extension->life;
    if (life->away_since == 0) {
        return;
    }
    uint64_t gap = (uint64_t)sys_clock() - life->away_since;
    life->away_since = 0;
    life->away += gap;
    struct record record = {.kind = RECORD_BACK};
    record.back.gap = gap;
    record.back.total = life->away;
    talk_report(&record, extension->service.name, NULL);
}

void care_try_again(struct extension *extension)
{
    const struct life *life = &extension->life;
    if (life->process_id == 0 && life->state != LIFE_PLANNED && !life->is_held) {
        restart_clear(&extension->life.history);
        plan(extension, 0);
    }
}

void care_after_death(struct extension *extension, const struct death *death)
{
    char words[96];
    death_words(death, words, sizeof(words));
    say("supervisor: %s (process %u) died: %s", extension->service.name,
        death->process_id, words);
    extension->life.process_id = 0;
    note_loss(extension, (uint64_t)sys_clock());
    decide(extension, death->lifetime, death->cause);
    extension->death = *death;
    epitaph_compose(&extension->epitaph, &extension->life, death, extension->hangs,
                    policy->name);
}

void care_after_unseen_death(struct extension *extension)
{
    const struct life *life = &extension->life;
    struct death death = {
        .process_id = life->process_id,
        .cause = DEATH_UNSEEN,
        .lifetime = (uint64_t)sys_clock() - life->started,
    };
    (void)string_copy(death.name, sizeof(death.name), extension->service.name);
    care_after_death(extension, &death);
}

// It lives, and owes no answer any more.
void care_after_answer(struct extension *extension)
{
    note_return(extension);
    extension->ready = true;
    extension->answer_by = 0;
    extension->ping_at = (uint64_t)sys_clock() + MILLISECONDS(policy->ping);
}

// The deaths with the old content no longer count.
void care_after_new_content(struct extension *extension)
{
    has_fallen_back = false;
    if (!owns_content(extension)) {
        return;
    }
    restart_clear(&extension->life.history);
    if (extension->life.process_id == 0 && !extension->life.is_held) {
        say("supervisor: new content, %s gets another chance", extension->service.name);
        plan(extension, 0);
    }
}

void care_hold(struct extension *extension)
{
    extension->life.is_held = 1;
    if (extension->life.process_id == 0) {
        extension->life.state = LIFE_HELD;
    }
}

void care_release(struct extension *extension)
{
    extension->life.is_held = 0;
    if (extension->life.process_id == 0) {
        restart_clear(&extension->life.history);
        plan(extension, 0);
    }
}

void care_words(const struct extension *extension, char *words, size_t size)
{
    static const char *const states[] = {
        [LIFE_UNKNOWN] = "failed",   [LIFE_RUNS] = "runs", [LIFE_PLANNED] = "waits",
        [LIFE_GAVE_UP] = "given up", [LIFE_HELD] = "held",
    };
    const struct life *life = &extension->life;
    uint64_t away = life->away;
    if (life->away_since != 0) {
        away += (uint64_t)sys_clock() - life->away_since;
    }
    format_text(words, size, "%-13s %-8s %-6s %8u %6u %6lu.%02lu s",
                extension->service.name, states[life->state],
                life->is_held ? "held" : "-", life->restarts, life->history.deaths,
                away / SECONDS(1), away % SECONDS(1) / MILLISECONDS(10));
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
    extension->life.restarts++;
    say("supervisor: %s started again as process %u", extension->service.name,
        extension->life.process_id);
    struct record record = {.kind = RECORD_RESTART};
    record.restart.attempt = extension->life.history.deaths;
    record.restart.delay = extension->life.delay;
    record.restart.process_id = extension->life.process_id;
    talk_report(&record, extension->service.name, NULL);
}

// For how long it may be silent.
static uint64_t patience(const struct extension *extension)
{
    return extension->ready ? MILLISECONDS(policy->silence) : START_LIMIT;
}

// Sends a ping. Who did not get it owes no answer. But an inbox that is full is that of
// somebody who does not read it.
static void ping(struct extension *extension, uint64_t now)
{
    struct message message = {.type = MESSAGE_PING};
    long status = talk_send(extension->service.name, &message);
    bool is_full = status == -ERROR_WOULD_BLOCK;
    if (extension->answer_by == 0 && (status >= 0 || is_full)) {
        extension->answer_by = now + patience(extension);
    }
    extension->ping_at = now + (is_full ? PING_AGAIN : MILLISECONDS(policy->ping));
}

// Whether somebody has stopped it by a signal. Then it cannot answer, and does not hang.
static bool is_stopped(uint32_t process_id)
{
    struct process_info info = {0};
    long handle = sys_process_open(process_id, TASK_NAME);
    if (handle < 0) {
        return false;
    }
    long status = sys_process_info((uint32_t)handle, &info);
    sys_close((uint32_t)handle);
    return status >= 0 && info.is_stopped;
}

// One that was stopped has as much time again once it goes on.
static bool is_too_late(struct extension *extension, uint64_t now)
{
    bool is_late = extension->answer_by != 0 && extension->answer_by <= now;
    if (is_late && is_stopped(extension->life.process_id)) {
        extension->answer_by = now + patience(extension);
        return false;
    }
    return is_late;
}

uint64_t care_due(struct extension *extension, bool *is_silent)
{
    const struct life *life = &extension->life;
    uint64_t now = (uint64_t)sys_clock();
    if (life->state == LIFE_PLANNED && life->start_at <= now) {
        start_again(extension);  // after a failure this plans another start
    }
    epitaph_write(&extension->epitaph, &extension->death);
    if (life->process_id == 0 || extension->hangs) {
        return life->state == LIFE_PLANNED ? life->start_at : FOR_EVER;
    }
    *is_silent = is_too_late(extension, now);
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
        extension->life.process_id);
    struct record record = {.kind = RECORD_UNRESPONSIVE};
    record.unresponsive.process_id = extension->life.process_id;
    uint64_t silence = patience(extension);
    record.unresponsive.silence = silence;
    talk_report(&record, name, NULL);
    note_loss(extension, extension->answer_by - silence);
    extension->hangs = true;
    (void)sys_kill(
        extension->life.process_id);  // NOT_FOUND: it has just died by itself
}
