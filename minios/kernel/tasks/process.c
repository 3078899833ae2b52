// The table of all processes (see process.h).
#include "tasks/process.h"

#include "tasks/thread.h"

static struct process *processes[PROCESS_LIMIT];  // guarded by IRQL_HIGH
static uint32_t next_id = 1;

struct process *process_current(void)
{
    return thread_current()->process;
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

void process_kill_for(struct process *process, uint32_t cause)
{
    if (!process->thread->killed) {
        process->killed_for = cause;  // the first reason counts
    }
    thread_kill(process->thread);
}

bool process_enter(struct process *process)
{
    for (unsigned i = 0; i < PROCESS_LIMIT; i++) {
        if (processes[i] == NULL) {
            processes[i] = process;
            process->id = next_id++;
            return true;
        }
    }
    return false;
}

void process_leave(const struct process *process)
{
    for (unsigned i = 0; i < PROCESS_LIMIT; i++) {
        if (processes[i] == process) {
            processes[i] = NULL;
        }
    }
}
