// Processes: how they begin and how they end.
//
// process_spawn makes one: the system call `spawn` uses it, and main.c for the first
// process. process_end ends the current one, whether it exits, faults or was killed.
// This is where minios differs from a crash in ring 0: everything that a process has
// (memory, handles, thread) is known to the kernel, so the kernel can take it back and
// go on.
#include "tasks/process.h"

#include "arch/cpu.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "ipc/event.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/services.h"
#include "tasks/program.h"
#include "tasks/thread.h"
#include "traps/bugcheck.h"
#include "traps/irql.h"

#define ARGUMENT_AREA 64  // bytes for the argument, at the top of the user stack

[[noreturn]] void enter_ring3(uint64_t rip, uint64_t rsp, uint64_t argument);

static struct process *processes[PROCESS_LIMIT];  // guarded by IRQL_HIGH
static uint32_t next_id = 1;

struct process *process_current(void)
{
    return thread_current()->process;
}

uint64_t process_page_table(const struct process *process)
{
    return process == NULL ? page_table_kernel() : process->page_table;
}

struct process *process_find(uint32_t id)
{
    for (unsigned i = 0; i < PROCESS_LIMIT; i++) {
        if (processes[i] != NULL && processes[i]->id == id) {
            return processes[i];
        }
    }
    return NULL;
}

struct process *process_at(uint32_t index)
{
    for (unsigned i = 0; i < PROCESS_LIMIT; i++) {
        if (processes[i] != NULL && index-- == 0) {
            return processes[i];
        }
    }
    return NULL;
}

static bool table_enter(struct process *process)
{
    enum irql old = irql_raise(IRQL_HIGH);
    bool entered = false;
    for (unsigned i = 0; i < PROCESS_LIMIT && !entered; i++) {
        if (processes[i] == NULL) {
            processes[i] = process;
            process->id = next_id++;
            entered = true;
        }
    }
    irql_lower(old);
    return entered;
}

static void table_leave(const struct process *process)
{
    for (unsigned i = 0; i < PROCESS_LIMIT; i++) {
        if (processes[i] == process) {
            processes[i] = NULL;
        }
    }
}

static bool map_user_page(struct process *process, uint64_t address)
{
    if (page_table_entry(process->page_table, address) & PTE_PRESENT) {
        return false;  // a segment of the program file is there already
    }
    uint64_t frame =
        process->pages < PROCESS_PAGES_LIMIT ? frames_allocate() : FRAME_NONE;
    if (frame == FRAME_NONE) {
        return false;
    }
    if (!page_table_map(process->page_table, address, frame, PAGE_USER_READ_WRITE)) {
        frames_free(frame);
        return false;
    }
    process->pages++;
    return true;
}

// The page below the stack stays unmapped. So a stack that grows too far causes a
// fault, and does not overwrite other memory of the process.
static bool map_stack(struct process *process, const char *argument)
{
    for (unsigned i = 1; i <= USER_STACK_PAGES; i++) {
        if (!map_user_page(process, USER_STACK_TOP - i * PAGE_SIZE)) {
            return false;
        }
    }
    process->argument = USER_STACK_TOP - ARGUMENT_AREA;
    uint64_t entry = page_table_entry(process->page_table, process->argument);
    char *top = (char *)frames_pointer(entry & PTE_FRAME) + PAGE_SIZE;
    text_copy(top - ARGUMENT_AREA, ARGUMENT_AREA, argument);
    return true;
}

// Here the thread of a process begins, still in ring 0. It leaves for ring 3 at the
// end.
static void process_begin(void *argument)
{
    struct process *process = argument;
    event_post_process(EVENT_PROCESS_START, process);
    if (thread_current()->killed) {
        process_end((struct death){.cause = DEATH_KILLED});
    }
    enter_ring3(process->entry, process->argument, process->argument);
}

static void report_start(const struct process *process)
{
    struct record record = {
        .kind = RECORD_PROCESS_STARTED,
        .values = {process->id, process->page_table, process->parent_id},
    };
    text_copy(record.name, sizeof(record.name), process->name);
    beacon_report(&record);
}

static void discard(struct process *process)
{
    if (process->page_table != FRAME_NONE) {
        page_table_destroy(process->page_table);
    }
    heap_free(process);
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
    if (!table_enter(process)) {
        return -ERROR_NO_MEMORY;
    }
    process->thread = thread_create(process_begin, process, process);
    if (process->thread == NULL) {
        table_leave(process);
        return -ERROR_NO_MEMORY;
    }
    if (request->death_port != NULL) {
        port_retain(request->death_port);
        process->death_port = request->death_port;
    }
    report_start(process);
    services_note_process(request->path, process->id);
    return process->id;
}

// Limits the rights of a plugin. It gets a right only if its parent gives the right and
// its manifest names it. A program that is no plugin has no manifest, so for it only
// the rights from its parent count.
static void bind(struct process *process, const char *path,
                 const struct program *program)
{
    bool is_plugin = program->has_manifest || services_is_extension(path);
    process->rights &= is_plugin ? program->rights : UINT32_MAX;
    process->events = is_plugin ? program->events : UINT64_MAX;
    process->entry = program->entry;
    process->pages = program->pages;
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
    bind(process, request->path, &program);
    return map_stack(process, request->argument) ? 0 : -ERROR_NO_MEMORY;
}

long process_spawn(const struct process_request *request)
{
    struct process *process = make(request);
    if (process == NULL) {
        return -ERROR_NO_MEMORY;
    }
    long result = load(process, request);
    if (result == 0) {
        enum irql old = irql_raise(IRQL_HIGH);
        result = begin(process, request);
        irql_lower(old);
    }
    if (result < 0) {
        discard(process);
    }
    return result;
}

static void report_end(const struct process *process, const struct death *death)
{
    struct record record = {.kind = RECORD_PROCESS_EXITED,
                            .values = {process->id, death->status, death->cause}};
    if (death->cause == DEATH_FAULT) {
        record.kind = RECORD_PROCESS_DIED;
        record.values[1] = death->vector;
        record.values[2] = death->error_code;
        record.values[3] = death->address;
        record.values[4] = death->rip;
        record.values[5] = death->cause;
    }
    text_copy(record.name, sizeof(record.name), process->name);
    beacon_report(&record);
}

static void tell_death_port(struct process *process, const struct death *death)
{
    if (process->death_port == NULL) {
        return;
    }
    struct message message = {.type = MESSAGE_DEATH, .size = sizeof(*death)};
    memcpy(message.body, death, sizeof(*death));
    (void)port_notify(process->death_port, &message);  // lost if the inbox is full
    port_release(process->death_port);
}

// The order matters. First report the end, while the process still has its name and id.
// Then close what it holds and tell its parent. The page tables come last: the CPU must
// use the kernel's own before those of the process are freed.
void process_end(struct death death)
{
    struct process *process = process_current();
    KERNEL_ASSERT(process != NULL);
    death.process_id = process->id;
    death.lifetime = thread_clock() - process->started;
    text_copy(death.name, sizeof(death.name), process->name);
    report_end(process, &death);
    services_note_end(process->id);
    if (process->rights & RIGHT_CRITICAL) {
        bugcheck(&(struct stop){.code = STOP_CRITICAL_PROCESS_DIED,
                                .parameters = {(uint64_t)process, 0, 0, 0},
                                .blamed = process->name});
    }
    event_post_process(EVENT_PROCESS_EXIT, process);
    for (unsigned i = 1; i < PROCESS_HANDLES; i++) {
        (void)handle_close(&process->handles[i]);  // nobody is left to see an error
    }
    port_forget_calls(process->id);
    tell_death_port(process, &death);

    (void)irql_raise(IRQL_HIGH);
    table_leave(process);
    thread_current()->process = NULL;  // from here on it belongs to System
    cpu_write_cr3(page_table_kernel());
    discard(process);
    irql_lower(IRQL_PASSIVE);
    thread_exit();
}

void process_fault(const struct trapframe *frame, uint64_t cr2)
{
    struct death death = {
        .cause = DEATH_FAULT,
        .vector = frame->vector,
        .error_code = frame->error_code,
        .address = frame->vector == VECTOR_PF ? cr2 : 0,
        .rip = frame->rip,
    };
    console_log("%s: killed in ring 3: vector %lu, error code 0x%lx, address 0x%lx, "
                "rip 0x%lx",
                process_current()->name, death.vector, death.error_code, death.address,
                death.rip);
    process_end(death);
}

long process_kill(uint32_t id)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process = process_find(id);
    if (process != NULL) {
        thread_kill(process->thread);
    }
    irql_lower(old);
    return process == NULL ? -ERROR_NOT_FOUND : 0;
}

long process_memory_map(size_t size)
{
    struct process *process = process_current();
    uint64_t start = process->heap_end;
    uint64_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    if (size == 0 || size > RAM_BYTES) {
        return -ERROR_BAD_ARGUMENT;
    }
    for (uint64_t i = 0; i < pages; i++) {
        if (!map_user_page(process, start + i * PAGE_SIZE)) {
            return -ERROR_NO_MEMORY;  // pages mapped so far stay until the process ends
        }
        process->heap_end += PAGE_SIZE;
    }
    return (long)start;
}
