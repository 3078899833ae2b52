// init: the first program. The kernel (main.c) starts it; it starts all other programs
// of the service list, one after the other, reports when all are ready, and restarts
// programs that have ended. On Windows this is the work of the Service Control Manager.
//
// The start types come in this order: boot, then system, then auto. In safe mode only
// boot. The kernel has started the drivers of the types boot and system already; init
// starts those of type auto. bpf_service.c loads eBPF programs. last_good.c keeps the
// service list with which the machine last started well.
//
// Port "init": a program sends "ready" when it is up. Somebody who calls with "up?"
// gets the answer once everything is up. init starts a program only after the one
// before is ready, so that the console reads the same on a fast and on a slow machine.
#include "bpf_service.h"
#include "console.h"
#include "last_good.h"
#include "string.h"
#include "system.h"
#include "talk.h"

enum {
    MAXIMUM_PROGRAMS = 8,
    MAXIMUM_WAITERS = 8,
    MAXIMUM_RESTARTS = 5,  // in a row
};

// After so long a run earlier ends do not count.
#define LONG_RUN SECONDS(60)

// How long a program waits that is needed and ends again and again.
#define LONG_DELAY SECONDS(10)

struct program {
    struct service service;
    uint32_t process_id;  // 0 = not running
    uint32_t restarts;    // without a long run between them
    uint64_t start_at;    // when to start it again; 0 = never
    bool ready;
};

static struct program programs[MAXIMUM_PROGRAMS];
static uint32_t program_count;
static uint32_t waiters[MAXIMUM_WAITERS];  // the calls "up?" that are not answered yet
static uint32_t waiter_count;
static uint32_t port;
static bool all_up;

// Tells the kernel that a service did not start. The kernel does what its error control
// says (kernel/plugins/service_start.c). It may restart or stop the machine.
static void start_failed(const char *name, long error)
{
    (void)sys_service_failed(name, error);
}

static struct program *program_of(uint32_t process_id)
{
    for (uint32_t i = 0; i < program_count; i++) {
        if (process_id != 0 && programs[i].process_id == process_id) {
            return &programs[i];
        }
    }
    return NULL;
}

// Starts a program. Returns the process id, or a negated ERROR_.
static long program_spawn(struct program *program)
{
    const struct service *service = &program->service;
    struct spawn request = {.rights = service->rights, .death_port = port};
    (void)string_copy(request.path, sizeof(request.path), service->image);
    long process_id = sys_spawn(&request);
    program->start_at = 0;
    program->ready = false;
    program->process_id = process_id < 0 ? 0 : (uint32_t)process_id;
    return process_id;
}

static void answer_up(uint32_t call_id)
{
    struct message answer;
    message_set_answer(&answer, 0, "up");
    sys_port_reply(call_id, &answer);
}

static void hear_up(uint32_t call_id)
{
    if (all_up || waiter_count == MAXIMUM_WAITERS) {
        answer_up(call_id);
        return;
    }
    waiters[waiter_count++] = call_id;
}

static bool is_extension(const char *name)
{
    struct service service;
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        if (string_equals(service.name, name)) {
            return service.kind == SERVICE_EXTENSION ||
                   service.kind == SERVICE_USER_DRIVER;
        }
    }
    return false;
}

// The supervisor reports that an extension did not start: "failed NUMBER NAME".
static void hear_failure(const struct message *message)
{
    static const char beginning[] = "failed ";
    char text[MESSAGE_BODY_SIZE];
    message_text(message, text, sizeof(text));
    if (message->type != MESSAGE_TEXT || !string_starts(text, beginning)) {
        return;
    }
    const char *number = text + sizeof(beginning) - 1;
    const char *name = string_find(number, " ");
    if (name != NULL && is_extension(name + 1)) {
        start_failed(name + 1, -(long)string_number(number));
    }
}

// Without the supervisor nobody starts a dead sensor again. So it is never given up.
static bool is_needed(const struct program *program)
{
    return string_equals(program->service.name, "supervisor");
}

static void plan_restart(struct program *program)
{
    bool is_hopeless = program->restarts >= MAXIMUM_RESTARTS;
    if (is_hopeless && !is_needed(program)) {
        say("init: %s is not started again after %u restarts", program->service.name,
            program->restarts);
        return;
    }
    uint64_t delay = is_hopeless ? LONG_DELAY : SECONDS(1);
    if (program->restarts == 0) {
        delay = 0;
    }
    program->start_at = (uint64_t)sys_clock() + delay + 1;
    program->restarts++;
}

static void hear_death(const struct message *message)
{
    struct death death;
    memcpy(&death, message->body, sizeof(death));
    struct program *program = program_of(death.process_id);
    if (program == NULL) {
        return;
    }
    char words[96];
    death_words(&death, words, sizeof(words));
    say("init: %s (process %u) ended: %s", program->service.name, death.process_id,
        words);
    program->process_id = 0;
    if (death.lifetime >= LONG_RUN) {
        program->restarts = 0;
    }
    plan_restart(program);
}

static void hear(const struct message *message)
{
    if (message->type == MESSAGE_DEATH && message->sender == 0) {
        hear_death(message);
    } else if (message_says(message, "up?") && message->call_id != 0) {
        hear_up(message->call_id);
    } else if (message_says(message, "ready")) {
        struct program *program = program_of(message->sender);
        if (program != NULL) {
            program->ready = true;
        }
    } else if (message_is_from(message, "supervisor")) {
        hear_failure(message);
    }
}

// Does everything whose time has come. Returns how long nothing else has to be done.
static uint64_t start_due(void)
{
    uint64_t wait = last_good_due();
    for (uint32_t i = 0; i < program_count; i++) {
        struct program *program = &programs[i];
        uint64_t now = (uint64_t)sys_clock();
        if (program->start_at == 0) {
            continue;
        }
        if (program->start_at > now + 1) {
            uint64_t left = program->start_at - now;
            wait = left < wait ? left : wait;
        } else {
            long status = program_spawn(program);
            if (status < 0) {
                say("init: cannot start %s: %s", program->service.name,
                    error_words(status));
                plan_restart(program);  // perhaps there is more memory in a second
                wait = 0;
            } else {
                say("init: %s started again as process %u", program->service.name,
                    program->process_id);
            }
        }
    }
    return wait;
}

static void wait_until_ready(struct program *program)
{
    uint64_t deadline = (uint64_t)sys_clock() + SECONDS(5);
    while (!program->ready && program->process_id != 0) {
        uint64_t now = (uint64_t)sys_clock();
        struct message message;
        if (now >= deadline ||
            sys_port_receive(port, &message, deadline - now) == -ERROR_TIMED_OUT) {
            say("init: %s does not say that it is ready", program->service.name);
            return;
        }
        hear(&message);
    }
}

static void start_program(const struct service *service)
{
    if (program_count == MAXIMUM_PROGRAMS) {
        say("init: too many programs, %s is not started", service->name);
        return;
    }
    struct program *program = &programs[program_count++];
    program->service = *service;
    long status = program_spawn(program);
    if (status < 0) {
        start_failed(service->name, status);
    } else {
        wait_until_ready(program);
    }
}

// Only drivers of type auto: the kernel has loaded those of type boot and system.
static void start_driver(const struct service *service)
{
    if (service->start != START_AUTO || service->state != SERVICE_STATE_STOPPED) {
        return;
    }
    long status = sys_driver_load(service->image);
    if (status < 0) {
        start_failed(service->name, status);
    }
}

// eBPF objects come in the order of the list, as all services do: so a collector that
// stands before the supervisor is there before the first extension looks for it.
static void load_object(const struct service *service)
{
    if (service->state != SERVICE_STATE_STOPPED) {
        return;  // the model does not take it
    }
    long status = bpf_service_load(service);
    if (status < 0) {
        start_failed(service->name, status);
    }
}

static void start_all(uint32_t start)
{
    struct service service;
    for (uint32_t i = 0; sys_service_query(i, &service) >= 0; i++) {
        if (service.start != start) {
            continue;
        }
        if (service.kind == SERVICE_PROGRAM) {
            start_program(&service);
        } else if (service.kind == SERVICE_DRIVER) {
            start_driver(&service);
        } else if (service.kind == SERVICE_BPF) {
            load_object(&service);
        }
    }
}

static void announce(void)
{
    say("init: ready");
    talk_report(&(struct record){.kind = RECORD_READY}, NULL, NULL);
    all_up = true;
    for (uint32_t i = 0; i < waiter_count; i++) {
        answer_up(waiters[i]);
    }
    waiter_count = 0;
}

int main(void)
{
    long handle = sys_port_create("init");
    if (handle < 0) {
        say("init: no port: %s", error_words(handle));
        return 1;
    }
    port = (uint32_t)handle;
    struct boot_status boot = {0};
    (void)sys_boot_status(&boot);
    start_all(START_BOOT);
    if (boot.mode != BOOT_MODE_SAFE) {
        start_all(START_SYSTEM);
        start_all(START_AUTO);
    }
    announce();
    last_good_settle(&boot);
    for (;;) {
        uint64_t wait = start_due();
        struct message message;
        if (sys_port_receive(port, &message, wait) >= 0) {
            hear(&message);
        }
    }
}
