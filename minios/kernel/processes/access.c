// Access to other processes (see access.h). At IRQL_HIGH a process cannot end, so it is
// looked for and used in one go there. Security clients are asked in between, and then it
// is looked for again.
#include "processes/access.h"

#include "base/irql.h"
#include "events/event.h"
#include "library/text.h"
#include "memory/page_table.h"
#include "memory/usercopy.h"
#include "processes/handle.h"
#include "processes/memory.h"
#include "processes/protection.h"
#include "tasks/process.h"
#include "tasks/thread.h"

// ---- The list of processes.

static void describe(const struct process *process, struct process_entry *entry)
{
    bool waits = process->thread->state == THREAD_WAITING;
    *entry = (struct process_entry){
        .process_id = process->id,
        .parent_id = process->parent_id,
        .rights = process->rights,
        .started = process->started,
        .state = process->thread->stopped ? 2 : waits,
    };
    text_copy(entry->name, sizeof(entry->name), process->name);
}

long access_list(uint32_t index, struct process_entry *entry)
{
    struct event event;
    enum irql old = irql_raise(IRQL_HIGH);
    const struct process *process = process_at(index);
    bool is_other = process != process_current();
    if (process != NULL) {
        describe(process, entry);
        event = event_of_process(EVENT_AUTH_PROC_CHECK, process);
    }
    irql_lower(old);
    if (process == NULL) {
        return -ERROR_NOT_FOUND;
    }
    long error = is_other ? event_ask(&event) : 0;
    if (error == 0 && is_other) {
        event.type = EVENT_NOTIFY_PROC_CHECK;
        event_post(&event);
    }
    return error;
}

// ---- Opening a process.

// Which security event tells that a process was opened, and which one asks before that.
static const struct {
    bool is_asked;
    uint32_t asks, tells;
} opening[] = {
    [TASK_NAME] = {.tells = EVENT_NOTIFY_GET_TASK_NAME},
    [TASK_INSPECT] = {.tells = EVENT_NOTIFY_GET_TASK_INSPECT},
    [TASK_READ] = {true, EVENT_AUTH_GET_TASK_READ, EVENT_NOTIFY_GET_TASK_READ},
    [TASK_CONTROL] = {true, EVENT_AUTH_GET_TASK, EVENT_NOTIFY_GET_TASK},
};

static long look_up(uint32_t id, uint32_t access, struct event *event)
{
    enum irql old = irql_raise(IRQL_HIGH);
    const struct process *process = process_find(id);
    bool may_read = process_current()->rights & RIGHT_DEBUG;
    long error = 0;
    if (process == NULL) {
        error = -ERROR_NOT_FOUND;
    } else if (access >= TASK_READ && !may_read) {
        error = -ERROR_NOT_PERMITTED;  // also to itself: it could write to its own code
    } else {
        *event = event_of_process(opening[access].asks, process);
    }
    irql_lower(old);
    return error;
}

long access_open(uint32_t id, uint32_t access)
{
    struct event event;
    if (access > TASK_CONTROL) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = look_up(id, access, &event);
    if (error == 0 && opening[access].is_asked) {
        error = event_ask(&event);
    }
    if (error < 0) {
        return error;
    }
    long number = handle_install(
        (struct handle){.kind = HANDLE_PROCESS, .flags = access, .process_id = id});
    if (number > 0) {
        event.type = opening[access].tells;
        event_post(&event);
    }
    return number;
}

// ---- Using the handle.

long access_find(uint32_t number, uint32_t access, struct process **process)
{
    const struct handle *handle = handle_get(number);
    if (handle == NULL || handle->kind != HANDLE_PROCESS) {
        return -ERROR_BAD_HANDLE;
    }
    if (handle->flags < access) {
        return -ERROR_NOT_PERMITTED;
    }
    *process = process_find(handle->process_id);
    return *process == NULL ? -ERROR_NOT_FOUND : 0;
}

long access_info(uint32_t handle, struct process_info *info)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process;
    long error = access_find(handle, TASK_NAME, &process);
    if (error == 0) {
        *info = (struct process_info){
            .process_id = process->id,
            .parent_id = process->parent_id,
            .rights = process->rights,
            .pages = process->pages,
            .is_stopped = process->thread->stopped,
            .is_protected = protection_forbids(process),
        };
        text_copy(info->name, sizeof(info->name), process->name);
        text_copy(info->path, sizeof(info->path), process->path);
    }
    irql_lower(old);
    return error;
}

static long first_range(uint64_t top, uint64_t address, struct memory_range *range)
{
    uint64_t page = page_table_next(top, address);
    if (page == USER_TOP) {
        return -ERROR_NOT_FOUND;
    }
    *range = (struct memory_range){
        .address = page, .rights = process_memory_rights(page_table_entry(top, page))};
    uint64_t entry;
    do {
        page += PAGE_SIZE;
        entry = page_table_entry(top, page);
    } while (page < USER_TOP && entry & PTE_PRESENT &&
             process_memory_rights(entry) == range->rights);
    range->size = page - range->address;
    return 0;
}

long access_memory(uint32_t handle, uint64_t address, struct memory_range *range)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process;
    long error = access_find(handle, TASK_INSPECT, &process);
    if (error == 0) {
        error = first_range(process->page_table, address, range);
    }
    irql_lower(old);
    return error;
}

long access_read(uint32_t handle, uint64_t address, void *to, size_t size)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process;
    long error = access_find(handle, TASK_READ, &process);
    if (error == 0) {
        error = copy_from_process(to, process->page_table, user_slice(address, size));
    }
    irql_lower(old);
    return error;
}

long access_write(uint32_t handle, uint64_t address, const void *from, size_t size)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process;
    long error = access_find(handle, TASK_CONTROL, &process);
    if (error == 0) {
        error = copy_to_process(process->page_table, user_slice(address, size), from);
    }
    irql_lower(old);
    return error;
}
