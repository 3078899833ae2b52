// Threads: which code runs now, which waits, and which runs next.
//
// A thread is code that runs, with its own registers and its own kernel stack: the one
// that it uses in ring 0. (A program has a second stack, in its own memory. The kernel
// does not trust it.) There is one CPU, so one thread runs and the others are stopped.
// Each process has one thread; the kernel has some of its own ("threads of System").
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// A tick is the time from one interrupt of the timer to the next.
#define TICK_NANOSECONDS (1000000000UL / PORT_TICK_HZ)
#define FOREVER          UINT64_MAX

struct process;
struct thread;

// Threads that wait for the same thing, first come first served.
struct wait_queue {
    struct thread *first;
};

//                        switch_to_next            thread_exit
//   thread_create -> READY -----------> RUNNING --------------> ENDED
//                     ^ ^ <-----------     |
//            end_wait |   thread_preempt   | sleep_on
//                     +----- WAITING <-----+
enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_WAITING, THREAD_ENDED };

struct thread {
    uint64_t rsp;               // its stack pointer while it does not run
    uint64_t stack_top;         // the address behind its kernel stack
    struct thread *next;        // in the ready queue or in a wait queue
    struct thread *next_timed;  // in the list of threads that wait with a deadline
    struct wait_queue *queue;   // what it waits on, NULL for a plain sleep
    uint64_t wake_tick;         // deadline, FOREVER if there is none
    struct process *process;    // NULL: a thread of System
    uint64_t page_table;        // physical address of the top table that it runs on
    const struct device_grant *device;  // whose ports it may use; NULL: none
    uint64_t called;                    // see thread_note_call
    uint64_t deaf_since;                // the tick at which its latest deaf wait began
    enum thread_state state;
    uint32_t id;
    unsigned locks;     // each a struct mutex: how many it holds
    bool timed_out;     // why the last wait ended
    bool killed;        // ends as soon as it would return to ring 3
    bool stopped;       // stays in ring 0 when it would return to ring 3
    bool deaf;          // thread_kill does not end this wait (thread_wait_deaf)
    bool in_syscall;    // serving a call from ring 3
    bool keeps_cpu;     // the timer does not take it away; the thread may still wait
    bool is_ending;     // its process is being ended
    bool is_told_hung;  // the console was told that its wait does not end
};

typedef void thread_function(void *argument);

// Called once, by kernel_main, which becomes the idle thread.
void threads_initialize(void);

// Makes a thread of System, which may run at once. Returns NULL if no memory is left.
[[nodiscard]] struct thread *thread_create(thread_function *function, void *argument);

// Gives a thread that has not run yet to a process, or (with NULL) the current thread
// back to System. From then on it runs on that top table, and has no device.
void thread_move(struct thread *thread, struct process *process, uint64_t page_table);
struct thread *thread_current(void);
[[noreturn]] void thread_exit(void);

// The idle thread: runs others for ever, and lets the CPU sleep when none is ready.
[[noreturn]] void thread_idle(void);

// Waits until somebody wakes the queue. Called with interrupts off (at IRQL_HIGH), so
// that the wake-up cannot come between the caller's check and the wait, and be lost.
// Meanwhile other threads run, at their own IRQL. Returns false if the deadline has
// passed or the thread is being killed. Always call it in a loop that checks the
// condition again: another thread may have been faster.
[[nodiscard]] bool thread_wait(struct wait_queue *queue, uint64_t wake_tick);
// The same, but a thread that is being killed goes on waiting. For things that are
// certain to come, such as a lock or the answer of the disk. If the thread stopped
// waiting for the disk, the disk would later write into memory of somebody else.
void thread_wait_deaf(struct wait_queue *queue);
void thread_wake_one(struct wait_queue *queue);
void thread_wake_all(struct wait_queue *queue);
void thread_sleep(uint64_t nanoseconds);
void thread_sleep_until(uint64_t wake_tick);

// Marks a thread as killed, and wakes it if it waits. It ends itself when it next
// returns to ring 3, and not in the middle of the kernel, where it may hold a lock.
void thread_kill(struct thread *thread);

// Stops a thread, or lets it go on. As with thread_kill, this takes effect when it would
// return to ring 3. Killing ends a stop, too.
void thread_stop(struct thread *thread, bool stopped);

// Called by the current thread before it returns to ring 3: stays here while it is
// stopped.
void thread_stay_stopped(void);

// Called by the timer's interrupt: one tick has passed. Wakes whose deadline it is.
void thread_tick(void);

// Called by trap.c at the end of an interrupt, if the interrupted code ran below
// IRQL_DISPATCH. Switches to the next thread if this one has used up its time.
void thread_preempt(void);

uint64_t thread_ticks(void);
uint64_t thread_clock(void);  // nanoseconds since boot, in whole ticks

// The tick at which a wait of so many nanoseconds is over. FOREVER stays FOREVER.
uint64_t thread_deadline(uint64_t nanoseconds);

// Writes down, on the current thread, which code of a driver the kernel is about to
// call; 0 when the call has returned. diagnosis.c needs this note if the driver has
// overwritten the stack: then the stack no longer says who was called.
void thread_note_call(uint64_t code);
uint64_t thread_noted_call(void);

// Lends the stack of the current thread to code that has nothing to do with it (true):
// the routine of an interrupt, or a deferred call. Such code must not wait, because the
// thread would have to wait with it. Returns what was said before, to be put back.
[[nodiscard]] bool thread_lend_stack(bool lent);
[[nodiscard]] bool thread_stack_is_lent(void);

// A lock that a thread may hold while it waits, for example for the disk. IRQL_HIGH
// guards nothing then: during the wait other threads run, at their own IRQL.
struct mutex {
    struct thread *holder;
    struct wait_queue queue;
};
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
