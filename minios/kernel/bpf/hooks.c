// Hooks (see hooks.h).
//
// An object is one client of the security events, as a driver is. It gets the events of all
// of its programs, and hands each to those whose hook it is. (If every program were a
// client, one object could take all places, and the sensor would find none.)
//
// The thread that causes an event calls the programs, at IRQL_DISPATCH: no other thread runs until the program returns. So a
// program needs no lock, and the kernel needs one stack for all of them.
//
// What the kernel counts about an object's programs lies in a page of its own, so that it
// can be given to a reader without the rest of the kernel's memory:
//
//     BPF_STATISTICS   | slot 0 | slot 1 | slot 2 | ...    one page each, or none
//
// If a program faults in the oops model, its thread ends inside. Then nothing is undone:
// `inside` stays up, and the object can never be removed.
#include "bpf/hooks.h"

#include "base/irql.h"
#include "bpf/defect.h"
#include "bpf/interpreter.h"
#include "events/event.h"
#include "library/text.h"
#include "memory/page_table.h"
#include "tasks/process.h"
#include "tasks/thread.h"

_Static_assert(sizeof(struct bpf_statistics) * BPF_PROGRAMS_LIMIT <= PAGE_SIZE,
               "the counts of one object fit into a page");

#define HOOK_ROW(hook, name, event, decides) [hook] = {event, decides},
static const struct {
    uint32_t event;
    bool decides;
} hooks[] = {[BPF_HOOK_TEST] = {0, false}, BPF_HOOK_TABLE(HOOK_ROW)};
#undef HOOK_ROW

bool bpf_hook_exists(uint32_t hook)
{
    return hook < COUNT(hooks);
}

// ---- Statistics.

static long make_statistics(struct bpf_object *object, uint32_t slot)
{
    uint64_t page = BPF_STATISTICS + slot * PAGE_SIZE;
    object->statistics = (struct bpf_statistics *)page;
    // The defect missing_page: only the first object gets its page. The others have an
    // address, and nobody notices before the first call.
    if (slot > 0 && bpf_defect_is(BPF_DEFECT_MISSING_PAGE)) {
        return 0;
    }
    if (!page_table_map_pages(page, 1)) {
        object->statistics = NULL;
        return -ERROR_NO_MEMORY;
    }
    memset(object->statistics, 0, PAGE_SIZE);
    return 0;
}

static void free_statistics(struct bpf_object *object)
{
    if (object->statistics != NULL) {
        page_table_free_pages((uint64_t)object->statistics, 1);
        object->statistics = NULL;
    }
}

// ---- Calls.

// The program that runs now, and the thread on which it does. There is one CPU, and a
// program is not interrupted by another. If a thread ends inside a program, this stays as
// it is; but no other thread ever has its number.
static struct {
    const struct bpf_program *program;
    uint32_t thread_id;
} running;

const struct bpf_program *bpf_running(void)
{
    return running.thread_id == thread_current()->id ? running.program : NULL;
}

static struct bpf_statistics *statistics_of(const struct bpf_program *program)
{
    const struct bpf_object *object = program->object;
    return &object->statistics[program - object->programs];
}

static int32_t call_program(struct bpf_program *program, const struct event *event)
{
    struct bpf_run run = {.program = program, .r1 = (uint64_t)event};
    enum irql old = irql_raise(IRQL_DISPATCH);
    running.program = program;
    running.thread_id = thread_current()->id;
    program->inside++;
    struct bpf_statistics *statistics = statistics_of(program);
    statistics->last_process = event->actor.process_id;
    statistics->runs++;
    bpf_interpret(&run);
    // A program that did not come to its end decides nothing.
    int32_t result = run.end == BPF_END_EXIT ? (int32_t)run.result : 0;
    statistics->steps += run.steps;
    if (hooks[program->hook].decides && result != 0) {
        statistics->denied++;
    }
    program->inside--;
    running.program = NULL;
    irql_lower(old);
    return result;
}

static bool is_for(const struct bpf_program *program, const struct event *event)
{
    return program->hook != BPF_HOOK_TEST && hooks[program->hook].event == event->type;
}

static void tell_object(void *owner, const struct event *event)
{
    struct bpf_object *object = owner;
    for (uint32_t i = 0; i < object->program_count; i++) {
        if (is_for(&object->programs[i], event)) {
            (void)call_program(&object->programs[i], event);
        }
    }
}

// A program allows by returning 0. Everything else is a negated error, and denies. All of
// them are asked, even after one has denied: each counts what it sees.
static uint32_t ask_object(void *owner, const struct event *event)
{
    struct bpf_object *object = owner;
    uint32_t verdict = EVENT_VERDICT_ALLOW;
    for (uint32_t i = 0; i < object->program_count; i++) {
        struct bpf_program *program = &object->programs[i];
        if (is_for(program, event) && call_program(program, event) != 0) {
            verdict = EVENT_VERDICT_DENY;
        }
    }
    return verdict;
}

// ---- Attaching and detaching.

static struct wait_queue left_queue;

static void left(void *owner)
{
    struct bpf_object *object = owner;
    object->client = NULL;
    thread_wake_all(&left_queue);
}

struct event_set bpf_hooks_events(const struct bpf_object *object)
{
    struct event_set set = {0};
    for (uint32_t i = 0; i < object->program_count; i++) {
        uint32_t hook = object->programs[i].hook;
        if (hook != BPF_HOOK_TEST) {
            set.words[hooks[hook].event / 64] |= 1UL << hooks[hook].event % 64;
        }
    }
    return set;
}

static long attach(struct bpf_object *object)
{
    struct event_link link = {
        .owner = object,
        .hear = tell_object,
        .authorize = ask_object,
        .left = left,
    };
    text_copy(link.name, sizeof(link.name), object->name);
    struct event_set wanted = bpf_hooks_events(object);
    return event_subscribe(&object->client, &link, &wanted);
}

static void detach(struct bpf_object *object)
{
    enum irql old = irql_raise(IRQL_HIGH);
    if (object->client != NULL) {
        event_unsubscribe(object->client);
    }
    while (object->client != NULL) {
        thread_wait_deaf(&left_queue);  // a thread is inside, and will come out
    }
    irql_lower(old);
    free_statistics(object);
}

long bpf_hooks_attach(struct bpf_object *object, uint32_t slot, struct bpf_log *log)
{
    long error = make_statistics(object, slot);
    if (error < 0) {
        bpf_log(log, "there is not enough memory");
        return error;
    }
    error = attach(object);
    if (error < 0) {
        bpf_log(log, "there is no place for one more client of the events");
        detach(object);
    }
    return error;
}

// No other thread runs while one is inside. So whoever sees that somebody is inside sees a
// thread that has died there.
long bpf_hooks_detach(struct bpf_object *object)
{
    for (uint32_t i = 0; i < object->program_count; i++) {
        if (object->programs[i].inside > 0) {
            return -ERROR_BUSY;
        }
    }
    detach(object);
    return 0;
}
