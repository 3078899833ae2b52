// Threads: who runs, who waits, who comes next.
#ifndef TASKS_THREAD_H
#define TASKS_THREAD_H

#include <minios/abi.h>
#include <stdbool.h>

#define TICK_NANOSECONDS (1000000000UL / PORT_TICK_HZ)
#define FOREVER          UINT64_MAX

struct process;
struct thread;

// Threads that wait for the same thing, first come first served.
struct wait_queue {
    struct thread *first;
};

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_WAITING, THREAD_ENDED };

struct thread {
    uint64_t rsp;               // where it left off; valid unless it runs
    uint64_t stack_top;         // of its kernel stack
    struct thread *next;        // in the ready queue or in a wait queue
    struct thread *next_timed;  // in the list of threads that wait with a deadline
    struct wait_queue *queue;   // what it waits on, NULL for a plain sleep
    uint64_t wake_tick;         // deadline, FOREVER if there is none
    struct process *process;    // NULL: a thread of System
    uint64_t called;            // thread_note_call
    enum thread_state state;
    uint32_t id;
    bool timed_out;   // why the last wait ended
    bool killed;      // ends as soon as it would return to ring 3
    bool deaf;        // waits for what will come: thread_kill does not end it
    bool in_syscall;  // serving a call from ring 3
};

typedef void thread_function(void *argument);

// The boot context becomes the idle thread.
void threads_initialize(void);

// NULL: no memory. The thread is ready at once.
[[gnu::warn_unused_result]] struct thread *
thread_create(thread_function *function, void *argument, struct process *process);
struct thread *thread_current(void);
[[noreturn]] void thread_exit(void);

// Notes on the current thread which code of a driver the kernel is calling, and 0 when the
// call has returned. So the driver is known even where it has broken the stack.
void thread_note_call(uint64_t code);
uint64_t thread_noted_call(void);

// Runs threads for ever; called by the boot context when there is something to run.
[[noreturn]] void thread_idle(void);

// Wait, at IRQL_HIGH, until somebody wakes the queue. False: the deadline has passed, or
// the thread is being killed. Always called in a loop that checks what it waits for.
[[gnu::warn_unused_result]] bool thread_wait(struct wait_queue *queue,
                                             uint64_t wake_tick);
// The same, for what is certain to come (a lock, an answer of the disk): a thread that is
// being killed waits, too.
void thread_wait_deaf(struct wait_queue *queue);
void thread_wake_one(struct wait_queue *queue);
void thread_wake_all(struct wait_queue *queue);
void thread_sleep(uint64_t nanoseconds);
void thread_sleep_until(uint64_t wake_tick);

// Marks a thread to end, and wakes it if it waits.
void thread_kill(struct thread *thread);

// From the timer interrupt: one tick has passed.
void thread_tick(void);

// At the end of an interrupt that came below IRQL_DISPATCH: give way if it is time.
void thread_preempt(void);

uint64_t thread_ticks(void);
uint64_t thread_clock(void);  // nanoseconds since boot, in whole ticks

// The tick at which a wait of that many nanoseconds is over; FOREVER stays FOREVER.
uint64_t thread_deadline(uint64_t nanoseconds);

// A lock that a thread may hold while it waits for something else (the disk).
struct mutex {
    struct thread *holder;
    struct wait_queue queue;
};
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#endif
