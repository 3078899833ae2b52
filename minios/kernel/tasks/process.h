// Processes: an address space, a thread in ring 3, rights and handles.
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
    uint32_t pages;       // of memory that it has
    uint64_t events;      // 1 << EVENT_ of those that it may subscribe to
    uint64_t page_table;  // physical address of the top table
    uint64_t heap_end;    // where memory_map continues
    uint64_t started;     // nanoseconds since boot
    uint64_t entry;       // RIP of the first instruction
    uint64_t argument;    // address of the argument text on its stack
    struct thread *thread;
    struct port *death_port;                 // hears of its end; NULL: nobody does
    struct handle handles[PROCESS_HANDLES];  // 0 is never used, 1 is the console
    char name[NAME_SIZE];
    char parent_name[NAME_SIZE];
};

// What a new process is made of.
struct process_request {
    const char *path;
    const char *argument;
    uint32_t rights;
    struct port *death_port;
};

// Loads the program and starts it. Returns its id or a negated ERROR_.
[[gnu::warn_unused_result]] long process_spawn(const struct process_request *request);

struct process *process_current(void);  // NULL in a thread of System
struct process *process_find(uint32_t id);
struct process *process_at(uint32_t index);  // index-th living process, or NULL

// The top table of a process; the kernel's own for NULL.
uint64_t process_page_table(const struct process *process);

// Ends the current process. `death` says why; its process id, name and lifetime are
// filled in here.
[[noreturn]] void process_end(struct death death);

// Ring 3 did what the CPU refused: ends the current process, and nothing else unless the
// process is critical.
[[noreturn]] void process_fault(const struct trapframe *frame, uint64_t cr2);

[[gnu::warn_unused_result]] long process_kill(uint32_t id);

// Zeroed pages at the end of the heap of the current process: address or -ERROR_.
[[gnu::warn_unused_result]] long process_memory_map(size_t size);

#endif
