// Hooks (see hooks.h).
//
// A program is a client of the security events, as a driver is. The thread that causes an
// event calls it, at IRQL_DISPATCH: no other thread runs until the program returns. So a
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

uint32_t bpf_hook_event(uint32_t hook)
{
    return hooks[hook].event;
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

static void tell_program(void *owner, const struct event *event)
{
    (void)call_program(owner, event);
}

// A program allows by returning 0. Everything else is a negated error, and denies.
static uint32_t ask_program(void *owner, const struct event *event)
{
    return call_program(owner, event) == 0 ? EVENT_VERDICT_ALLOW : EVENT_VERDICT_DENY;
}

// ---- Attaching and detaching.

static struct wait_queue left_queue;

static void left(void *owner)
{
    struct bpf_program *program = owner;
    program->client = NULL;
    thread_wake_all(&left_queue);
}

static long attach(struct bpf_program *program)
{
    if (program->hook == BPF_HOOK_TEST) {
        return 0;
    }
    bool decides = hooks[program->hook].decides;
    struct event_link link = {
        .owner = program,
        .hear = decides ? NULL : tell_program,
        .authorize = decides ? ask_program : NULL,
        .left = left,
    };
    text_copy(link.name, sizeof(link.name), program->object->name);
    struct event_set wanted;
    long error = event_set_make(&wanted, &hooks[program->hook].event, 1);
    return error < 0 ? error : event_subscribe(&program->client, &link, &wanted);
}

static void detach(struct bpf_program *program)
{
    enum irql old = irql_raise(IRQL_HIGH);
    if (program->client != NULL) {
        event_unsubscribe(program->client);
    }
    while (program->client != NULL) {
        thread_wait_deaf(&left_queue);  // a thread is inside, and will come out
    }
    irql_lower(old);
}

static void detach_all(struct bpf_object *object)
{
    for (uint32_t i = 0; i < object->program_count; i++) {
        detach(&object->programs[i]);
    }
    free_statistics(object);
}

long bpf_hooks_attach(struct bpf_object *object, uint32_t slot, struct bpf_log *log)
{
    long error = make_statistics(object, slot);
    if (error < 0) {
        bpf_log(log, "there is not enough memory");
        return error;
    }
    for (uint32_t i = 0; i < object->program_count; i++) {
        error = attach(&object->programs[i]);
        if (error < 0) {
            bpf_log(log, "%s: there is no place for one more client of the events",
                    object->programs[i].name);
            detach_all(object);
            return error;
        }
    }
    return 0;
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
    detach_all(object);
    return 0;
}
