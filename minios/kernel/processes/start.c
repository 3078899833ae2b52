// How a process begins: from a program file to a thread in ring 3.
//
// The system call `spawn` calls process_spawn, and main.c for the first process.
#include "processes/start.h"

#include "base/irql.h"
#include "base/policy.h"
#include "devices/beacon.h"
#include "events/event.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/device.h"
#include "plugins/limits.h"
#include "plugins/services.h"
#include "processes/authorization.h"
#include "processes/end.h"
#include "processes/memory.h"
#include "processes/program.h"
#include "processes/protection.h"
#include "tasks/process.h"
#include "tasks/thread.h"

[[noreturn]] void enter_ring3(uint64_t rip, uint64_t rsp, uint64_t argument);

// Here the thread of a process begins, still in ring 0. It leaves for ring 3 at the
// end.
static void process_begin(void *argument)
{
    struct process *process = argument;
    struct event event = event_of_process(EVENT_NOTIFY_EXEC, process);
    event_post(&event);
    process_obey();
    enter_ring3(process->entry, process->argument, process->argument);
}

static void report_start(const struct process *process)
{
    struct record record = {
        .kind = RECORD_PROCESS_STARTED,
        .process_started = {.process_id = process->id,
                            .cr3 = process->page_table,
                            .parent_id = process->parent_id},
    };
    text_copy(record.name, sizeof(record.name), process->name);
    beacon_report(&record);
}

// Makes the process structure, with what is known before the program file is read.
static struct process *make(const struct process_request *request)
{
    struct process *process = heap_allocate(sizeof(*process));
    if (process == NULL) {
        return NULL;
    }
    const struct process *parent = process_current();
    process->parent_id = parent == NULL ? 0 : parent->id;
    text_copy(process->parent_name, NAME_SIZE,
              parent == NULL ? "system" : parent->name);
    text_file_name(process->name, sizeof(process->name), request->path);
    text_path(process->path, sizeof(process->path), request->path);
    process->rights = request->rights;
    process->heap_end = USER_HEAP;
    process->started = thread_clock();
    process->handles[1].kind = HANDLE_CONSOLE;
    process->page_table = page_table_create();
    return process;
}

// Enters the process in the table and makes its thread, as one step: other code that
// finds a process expects it to have a thread. Called at IRQL_HIGH, because the thread
// must not run before everything here is done.
static long begin(struct process *process, const struct process_request *request)
{
    long error = device_check(&process->device);
    if (error < 0) {
        return error;
    }
    if (!process_enter(process)) {
        return -ERROR_NO_MEMORY;
    }
    process->thread = thread_create(process_begin, process);
    if (process->thread == NULL) {
        process_leave(process);
        return -ERROR_NO_MEMORY;
    }
    thread_move(process->thread, process, process->page_table);
    process->thread->device = &process->device;
    if (request->death_port != NULL) {
        port_retain(request->death_port);
        process->death_port = request->death_port;
    }
    report_start(process);
    services_note_process(request->path, process->id, protection_manages());
    return process->id;
}

// Limits the rights of a plugin. It gets a right only if its parent gives the right and
// its manifest names it.
static void bind(struct process *process, const struct service *listed,
                 const struct program *program)
{
    memset(&process->events, 0xFF, sizeof(process->events));
    process->entitled = process->is_plugin ? program->manifest.rights : UINT32_MAX;
    process->entry = program->entry;
    process->pages = program->pages;
    process->tables = program->tables;
    if (listed != NULL) {
        limits_tell(process->name, listed->rights & ~program->manifest.rights,
                    &process->told);
    }
    if (process->is_plugin) {
        process->rights &= program->manifest.rights;
        process->events = program->manifest.events;
    }
}

// Asked when the file is known to be a program, and before anybody can see the process:
// it has no id and no thread yet. The rights are those that the parent wants to give.
static long ask(const struct process *process)
{
    struct event event = event_of_process(EVENT_AUTH_EXEC, process);
    return event_ask(&event);
}

// Gives a driver the device that its manifest names, if the model and the service list
// let it. (Whether it is free is looked up in `begin`.)
static bool give_device(struct process *process, const struct program *program)
{
    process->device = program->manifest.device;
    return policy_takes(SERVICE_USER_DRIVER) && process->rights & RIGHT_DEVICE;
}

static long load(struct process *process, const struct process_request *request)
{
    struct program program = {0};
    if (process->page_table == FRAME_NONE) {
        return -ERROR_NO_MEMORY;
    }
    long error = program_load(request->path, process->page_table, &program);
    if (error < 0) {
        return error;
    }
    error = ask(process);
    if (error < 0) {
        return error;
    }
    const struct service *listed = services_plugin(request->path);
    bool is_driver = listed != NULL && listed->kind == SERVICE_USER_DRIVER;
    uint32_t kind = is_driver ? SERVICE_USER_DRIVER : SERVICE_EXTENSION;
    process->is_plugin = program.has_manifest || listed != NULL;
    if (process->is_plugin && !limits_allow(&program.manifest, kind)) {
        limits_tell(process->name, LIMIT_KIND, &process->told);
        return -ERROR_NOT_PERMITTED;
    }
    bind(process, listed, &program);
    if (is_driver && !give_device(process, &program)) {
        return -ERROR_NOT_PERMITTED;
    }
    return process_map_stack(process, request->argument) ? 0 : -ERROR_NO_MEMORY;
}

// A parent can pass on only rights that it has. The kernel itself has all.
static bool may_pass_on(uint32_t rights)
{
    const struct process *parent = process_current();
    return parent == NULL || (rights & ~parent->rights) == 0;
}

static long spawn(const struct process_request *request)
{
    struct process *process = make(request);
    if (process == NULL) {
        authorization_judge(request->path, request->rights, 0);
        return -ERROR_NO_MEMORY;
    }
    long result = load(process, request);
    authorization_judge(request->path, request->rights,
                        result < 0 ? 0 : process->rights);
    if (result == 0) {
        enum irql old = irql_raise(IRQL_HIGH);
        result = begin(process, request);
        irql_lower(old);
    }
    if (result < 0) {
        process_discard(process);
    }
    return result;
}

long process_spawn(const struct process_request *request)
{
    authorization_petition(request->path, request->rights);
    if (!may_pass_on(request->rights)) {
        authorization_judge(request->path, request->rights, 0);
        return -ERROR_NOT_PERMITTED;
    }
    return spawn(request);
}
