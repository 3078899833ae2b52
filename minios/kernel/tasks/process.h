// Processes: programs that run in ring 3. A process has an address space of its own,
// one thread, rights and handles. process.c explains how it begins and ends.
#ifndef TASKS_PROCESS_H
#define TASKS_PROCESS_H

#include "arch/trapframe.h"
#include "ipc/handle.h"
#include <minios/abi.h>
#include <stdbool.h>

#define PROCESS_HANDLES 16
#define PROCESS_LIMIT   32

struct port;

struct process {
    uint32_t id;
    uint32_t parent_id;
    uint32_t rights;
    uint32_t pages;       // how much memory it has
    uint64_t events;      // bits 1 << EVENT_: the events that it may subscribe to
    uint64_t page_table;  // physical address of the top table
    uint64_t heap_end;    // where its next page of heap will be mapped
    uint64_t started;     // nanoseconds since boot
    uint64_t entry;       // RIP of the first instruction
    uint64_t argument;    // address of the argument text on its stack
    struct thread *thread;
    struct port *death_port;                 // gets a message when it ends, or NULL
    struct handle handles[PROCESS_HANDLES];  // 0 is never used, 1 is the console
    char name[NAME_SIZE];
    char parent_name[NAME_SIZE];
};

// What is needed to make a process.
struct process_request {
    const char *path;
    const char *argument;
    uint32_t rights;
    struct port *death_port;
};

// Makes a process and starts its program. Returns the id, or a negated ERROR_.
[[gnu::warn_unused_result]] long process_spawn(const struct process_request *request);

struct process *process_current(void);  // NULL in a thread of System
struct process *process_find(uint32_t id);
struct process *process_at(uint32_t index);  // index-th living process, or NULL

// The top table of a process; the kernel's own for NULL.
uint64_t process_page_table(const struct process *process);

// Ends the current process. `death` says why; this function fills in process id, name
// and lifetime.
[[noreturn]] void process_end(struct death death);

// Called by trap.c: the CPU has refused an instruction of ring 3. Ends the current
// process and nothing else. Only if the system cannot go on without this process (it
// has the right CRITICAL), the machine stops.
[[noreturn]] void process_fault(const struct trapframe *frame, uint64_t cr2);

[[gnu::warn_unused_result]] long process_kill(uint32_t id);

// Gives the current process more memory, filled with zeros, at the end of its heap.
// Returns the address, or a negated ERROR_.
[[gnu::warn_unused_result]] long process_memory_map(size_t size);

#endif
