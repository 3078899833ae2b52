// Processes: programs that run in ring 3. A process has an address space of its own,
// one thread, rights and handles. processes/ has how it begins and ends.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

#define PROCESS_HANDLES 16
#define PROCESS_LIMIT   32

struct open_file;
struct pipe;
struct port;
struct thread;

// What a handle stands for (processes/handle.h).
enum handle_kind {
    HANDLE_NONE,
    HANDLE_CONSOLE,
    HANDLE_LINK,
    HANDLE_FILE,
    HANDLE_PIPE_SERVER,
    HANDLE_PIPE_CLIENT,
    HANDLE_PORT_OWNER,
    HANDLE_PORT_SENDER,
    HANDLE_PROCESS,
};

struct handle {
    enum handle_kind kind;
    uint32_t flags;     // OPEN_ flags of a file, TASK_ of a process
    uint32_t position;  // in a file
    union {
        struct open_file *file;  // HANDLE_FILE
        struct pipe *pipe;       // HANDLE_PIPE_*
        struct port *port;       // HANDLE_PORT_*
        uint32_t process_id;     // HANDLE_PROCESS; no id is given out twice
    };
};

struct process {
    uint32_t id;
    uint32_t parent_id;
    uint32_t rights;
    uint32_t entitled;        // the rights that its manifest names; all for a program
    uint32_t told;            // what it was refused as a plugin (plugins/limits.h)
    uint32_t pages;           // how much memory it has
    uint32_t tables;          // page tables for it; both count for the limit
    uint32_t killed_for;      // DEATH_: why its thread was killed
    bool is_plugin;           // so its manifest limits it
    struct event_set events;  // those that it may subscribe to
    struct device_grant device;  // the ports and lines that it may use
    uint64_t page_table;         // physical address of the top table
    uint64_t heap_end;           // where its next page of heap will be mapped
    uint64_t started;            // nanoseconds since boot
    uint64_t entry;              // RIP of the first instruction
    uint64_t argument;           // address of the argument text on its stack
    struct thread *thread;
    struct port *death_port;                 // gets a message when it ends, or NULL
    struct port *tracer;                     // is told of breakpoints, or NULL
    struct port *signal_port;                // gets signals as messages, or NULL
    struct handle handles[PROCESS_HANDLES];  // 0 is never used, 1 is the console
    char name[NAME_SIZE];
    char parent_name[NAME_SIZE];
    char path[PATH_SIZE];  // of its program file, in capitals
};

struct process *process_current(void);  // NULL in a thread of System
struct process *process_find(uint32_t id);
struct process *process_at(uint32_t index);  // index-th living process, or NULL

// Kills a process for that reason (DEATH_): it ends when it next returns to ring 3. Called
// at IRQL_HIGH, so that it cannot end in between.
void process_kill_for(struct process *process, uint32_t cause);

// Both at IRQL_HIGH. Enters a process in the table, and gives it an id. Returns false if
// the table is full.
[[nodiscard]] bool process_enter(struct process *process);
void process_leave(const struct process *process);
