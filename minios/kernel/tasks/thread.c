// Threads: the scheduler. It gives the CPU to the ready threads in turn ("round
// robin"). The timer interrupts PORT_TICK_HZ times a second; the time in between is a
// tick. No thread keeps the CPU for more than QUANTUM_TICKS if others are ready.
//
// All data here is guarded by IRQL_HIGH, that is, interrupts are off while it is used.
// The switch from one thread to another happens in one place only, switch_to_next.
// Before the call, the current thread has been put into the list where it belongs: with
// the ready threads, with those that wait, or with those that have ended.
#include "tasks/thread.h"

#include "arch/cpu.h"
#include "arch/descriptors.h"
#include "base/irql.h"
#include "base/stop.h"
#include "memory/heap.h"
#include "memory/page_table.h"

#define STACK_PAGES      4
#define STACK_SLOT_BYTES ((STACK_PAGES + 1) * PAGE_SIZE)
#define STACK_SLOTS      64
#define QUANTUM_TICKS    2

uint64_t thread_kernel_stack;  // entry.S reads it: `syscall` switches to this stack
static struct thread idle;     // what kernel_main becomes; it runs when no other can
static struct thread *current = &idle;
static struct thread *ready_first, *ready_last;  // the last counts if there is a first
static struct thread *timed;  // threads that wait with a deadline, unsorted
static struct thread *ended;  // has ended, but its memory is not freed yet
static uint64_t ticks;
static uint64_t quantum_end;
static uint32_t next_id = 1;  // 0 is the idle thread
static uint64_t stack_slots;  // bit n: slot n is in use
static bool stack_is_lent;    // see thread_lend_stack
static struct wait_queue stopped_threads;

static const struct device_grant no_device;  // what other threads may use

// ---- Kernel stacks, each in a slot of its own:
//
//     KERNEL_STACKS                       stack_top
//     v                                   v
//     | guard | page | page | page | page | guard | page | page | page | page | ...
//
// A stack grows towards lower addresses. Nothing is mapped at its guard, so a stack
// that grows too far is a fault, and does not overwrite another thread's stack.

// The address behind the highest byte of a new stack, or 0.
static uint64_t stack_create(void)
{
    for (unsigned slot = 0; slot < STACK_SLOTS; slot++) {
        if (stack_slots & 1UL << slot) {
            continue;
        }
        uint64_t base = KERNEL_STACKS + slot * STACK_SLOT_BYTES + PAGE_SIZE;
        if (!page_table_map_pages(base, STACK_PAGES)) {
            return 0;
        }
        stack_slots |= 1UL << slot;
        return base + STACK_PAGES * PAGE_SIZE;
    }
    return 0;
}

static void stack_destroy(uint64_t top)
{
    uint64_t base = top - STACK_PAGES * PAGE_SIZE;
    page_table_free_pages(base, STACK_PAGES);
    stack_slots &= ~(1UL << (base - KERNEL_STACKS) / STACK_SLOT_BYTES);
}

// ---- The ready queue and the switch.

static void make_ready(struct thread *thread)
{
    thread->state = THREAD_READY;
    thread->next = NULL;
    if (ready_first == NULL) {
        ready_first = thread;
    } else {
        ready_last->next = thread;
    }
    ready_last = thread;
}

// The idle thread is in no list: it is what is left if no other thread is ready.
static struct thread *take_ready(void)
{
    struct thread *thread = ready_first;
    if (thread == NULL) {
        return &idle;
    }
    ready_first = thread->next;
    thread->next = NULL;
    return thread;
}

// Frees a thread that has ended. It cannot do this itself: it would free the stack on
// which it is still running. So the next thread does.
static void bury_ended(void)
{
    if (ended != NULL) {
        stack_destroy(ended->stack_top);
        heap_free(ended);
        ended = NULL;
    }
}

// In entry.S. Saves the registers of this thread on its stack, and its stack pointer in
// *saved_rsp. Loads those of the other thread, and returns to where that one called it.
void switch_stacks(uint64_t *saved_rsp, uint64_t next_rsp);

// Switches to the next ready thread, or to the idle thread. The next entry into ring 0
// must use the new thread's kernel stack, and the CPU its page tables and its map of
// ports. (This code goes on: the kernel's half is the same in all tables.) switch_stacks returns much later,
// when another thread switches back to this one.
static void switch_to_next(void)
{
    KERNEL_ASSERT(irql_current() == IRQL_HIGH);
    struct thread *before = current, *next = take_ready();
    quantum_end = ticks + QUANTUM_TICKS;
    next->state = THREAD_RUNNING;
    if (next == before) {
        return;
    }
    current = next;
    thread_kernel_stack = next->stack_top;
    descriptors_set_kernel_stack(next->stack_top);
    if (next->page_table != cpu_read_cr3()) {
        cpu_write_cr3(next->page_table);
    }
    descriptors_allow_ports(next->device == NULL ? &no_device : next->device);
    switch_stacks(&before->rsp, next->rsp);
    bury_ended();  // safe: this runs on the stack of the thread that was switched to
}

// ---- Notes on the current thread: whose code it runs.

struct thread *thread_current(void)
{
    return current;
}

void thread_note_call(uint64_t code)
{
    current->called = code;
}

uint64_t thread_noted_call(void)
{
    return current->called;
}

bool thread_lend_stack(bool lent)
{
    bool before = stack_is_lent;
    stack_is_lent = lent;
    return before;
}

bool thread_stack_is_lent(void)
{
    return stack_is_lent;
}

// Stops the machine if code on a lent stack tries to wait. Windows has the same stop
// code, 0xB8. DPC ("deferred procedure call") is its name for a deferred call.
static void refuse_on_lent_stack(void)
{
    if (!stack_is_lent) {
        return;
    }
    const struct thread *next = ready_first == NULL ? &idle : ready_first;
    uint64_t stack = (uint64_t)__builtin_frame_address(0);
    stop_machine(&(struct stop){
        .code = STOP_ATTEMPTED_SWITCH_FROM_DPC,
        .parameters = {(uint64_t)current, (uint64_t)next, stack, 0},
    });
}

// ---- How threads begin and end.

// The idle thread has the stack of boot.S, and no stack_top. Only an entry from ring 3
// needs one, and the idle thread stays in ring 0.
void threads_initialize(void)
{
    idle.state = THREAD_RUNNING;
    idle.wake_tick = FOREVER;
    idle.page_table = page_table_kernel();
}

void thread_trampoline(void);  // in entry.S

// The stack of a new thread looks as if the thread had called switch_stacks before. So
// the first switch to it pops six registers, and "returns" to the trampoline:
//
//       [0]   [1]   [2]   [3]             [4]             [5]   [6]
//     | r15 | r14 | r13 | r12: argument | rbx: function | rbp | trampoline |
//     ^ rsp                                                      stack_top ^
struct thread *thread_create(thread_function *function, void *argument)
{
    struct thread *thread = heap_allocate(sizeof(*thread));
    if (thread == NULL) {
        return NULL;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    thread->stack_top = stack_create();
    if (thread->stack_top == 0) {
        irql_lower(old);
        heap_free(thread);
        return NULL;
    }
    uint64_t *stack = (uint64_t *)thread->stack_top - 7;
    stack[3] = (uint64_t)argument;
    stack[4] = (uint64_t)function;
    stack[6] = (uint64_t)thread_trampoline;
    thread->rsp = (uint64_t)stack;
    thread->page_table = page_table_kernel();
    thread->wake_tick = FOREVER;
    thread->id = next_id++;
    make_ready(thread);
    irql_lower(old);
    return thread;
}

// Called by the trampoline, at IRQL_HIGH: every switch is made there.
[[noreturn]] void thread_begin(thread_function *function, void *argument)
{
    bury_ended();
    irql_lower(IRQL_PASSIVE);
    function(argument);
    thread_exit();
}

void thread_exit(void)
{
    refuse_on_lent_stack();
    (void)irql_raise(IRQL_HIGH);
    bury_ended();  // `ended` has room for one thread
    KERNEL_ASSERT(ended == NULL);
    current->state = THREAD_ENDED;
    ended = current;
    switch_to_next();
    stop_panic("an ended thread was run again");
}

void thread_move(struct thread *thread, struct process *process, uint64_t page_table)
{
    thread->process = process;
    thread->page_table = page_table;
    thread->device = NULL;
    if (thread == current) {
        cpu_write_cr3(page_table);
    }
}

void thread_idle(void)
{
    (void)irql_raise(IRQL_HIGH);
    for (;;) {
        if (ready_first != NULL) {
            switch_to_next();
        }
        irql_set(IRQL_PASSIVE);
        cpu_wait_for_interrupt();  // this itself switches interrupts on and off
        irql_set(IRQL_HIGH);
    }
}

// ---- Waiting.

// `at` is where the pointer to the thread is: in the list's head, or in a neighbour.
static void remove_timed(struct thread *thread)
{
    for (struct thread **at = &timed; *at != NULL; at = &(*at)->next_timed) {
        if (*at == thread) {
            *at = thread->next_timed;
            return;
        }
    }
}

static void remove_waiting(struct thread *thread)
{
    if (thread->queue == NULL) {
        return;
    }
    for (struct thread **at = &thread->queue->first; *at != NULL; at = &(*at)->next) {
        if (*at == thread) {
            *at = thread->next;
            break;
        }
    }
    thread->queue = NULL;
}

// Takes a thread off the lists in which it waits, and makes it ready.
static void end_wait(struct thread *thread, bool timed_out)
{
    remove_waiting(thread);
    if (thread->wake_tick != FOREVER) {
        remove_timed(thread);
        thread->wake_tick = FOREVER;
    }
    thread->timed_out = timed_out;
    make_ready(thread);
}

static void sleep_on(struct wait_queue *queue, uint64_t wake_tick)
{
    current->state = THREAD_WAITING;
    current->queue = queue;
    current->next = NULL;
    current->wake_tick = wake_tick;
    if (queue != NULL) {
        struct thread **at = &queue->first;
        while (*at != NULL) {
            at = &(*at)->next;
        }
        *at = current;
    }
    if (wake_tick != FOREVER) {
        current->next_timed = timed;
        timed = current;
    }
    switch_to_next();
}

bool thread_wait(struct wait_queue *queue, uint64_t wake_tick)
{
    refuse_on_lent_stack();
    KERNEL_ASSERT(irql_current() == IRQL_HIGH && current != &idle);
    if (current->killed || wake_tick <= ticks) {
        return false;
    }
    sleep_on(queue, wake_tick);
    return !current->timed_out && !current->killed;
}

void thread_wait_deaf(struct wait_queue *queue)
{
    refuse_on_lent_stack();
    KERNEL_ASSERT(irql_current() == IRQL_HIGH && current != &idle);
    current->deaf = true;
    current->deaf_since = ticks;
    sleep_on(queue, FOREVER);
    current->deaf = false;
}

void thread_wake_one(struct wait_queue *queue)
{
    enum irql old = irql_raise(IRQL_HIGH);
    if (queue->first != NULL) {
        end_wait(queue->first, false);
    }
    irql_lower(old);
}

void thread_wake_all(struct wait_queue *queue)
{
    enum irql old = irql_raise(IRQL_HIGH);
    while (queue->first != NULL) {
        end_wait(queue->first, false);
    }
    irql_lower(old);
}

void thread_kill(struct thread *thread)
{
    enum irql old = irql_raise(IRQL_HIGH);
    thread->killed = true;
    if (thread->state == THREAD_WAITING && !thread->deaf) {
        end_wait(thread, true);
    }
    irql_lower(old);
}

void thread_stop(struct thread *thread, bool stopped)
{
    enum irql old = irql_raise(IRQL_HIGH);
    thread->stopped = stopped;
    thread_wake_all(&stopped_threads);  // each looks whether it was meant
    irql_lower(old);
}

void thread_stay_stopped(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    while (current->stopped && thread_wait(&stopped_threads, FOREVER)) {
    }
    irql_lower(old);
}

// ---- Time.

uint64_t thread_ticks(void)
{
    return ticks;
}

uint64_t thread_clock(void)
{
    return ticks * TICK_NANOSECONDS;
}

uint64_t thread_deadline(uint64_t nanoseconds)
{
    if (nanoseconds > FOREVER / 2) {  // so that rounding up cannot overflow
        return FOREVER;
    }
    // One more, because the current tick has partly passed.
    return ticks + (nanoseconds + TICK_NANOSECONDS - 1) / TICK_NANOSECONDS + 1;
}

void thread_sleep_until(uint64_t wake_tick)
{
    enum irql old = irql_raise(IRQL_HIGH);
    while (thread_wait(NULL, wake_tick)) {
        // There is no queue, so only the clock and thread_kill can end this wait.
    }
    irql_lower(old);
}

void thread_sleep(uint64_t nanoseconds)
{
    thread_sleep_until(thread_deadline(nanoseconds));
}

void thread_tick(void)
{
    ticks++;
    struct thread *thread = timed;
    while (thread != NULL) {
        struct thread *next = thread->next_timed;
        if (thread->wake_tick <= ticks) {
            end_wait(thread, true);
        }
        thread = next;
    }
}

void thread_preempt(void)
{
    bool turn_is_over = current == &idle || ticks >= quantum_end;
    if (!turn_is_over || ready_first == NULL || current->keeps_cpu) {
        return;
    }
    if (current != &idle) {
        make_ready(current);
    }
    switch_to_next();
}

// ---- Locks.

// mutex_unlock gives the lock directly to the thread that has waited longest, so one
// that asks again at once cannot overtake. A thread that is being killed waits, too: it
// needs the lock to finish what it has begun.
void mutex_lock(struct mutex *mutex)
{
    refuse_on_lent_stack();  // it may have to wait
    KERNEL_ASSERT(irql_current() < IRQL_DISPATCH);
    enum irql old = irql_raise(IRQL_HIGH);
    if (mutex->holder == NULL) {
        mutex->holder = current;
    } else {
        thread_wait_deaf(&mutex->queue);
    }
    KERNEL_ASSERT(mutex->holder == current);
    current->locks++;
    irql_lower(old);
}

void mutex_unlock(struct mutex *mutex)
{
    enum irql old = irql_raise(IRQL_HIGH);
    KERNEL_ASSERT(mutex->holder == current);
    current->locks--;
    mutex->holder = mutex->queue.first;
    thread_wake_one(&mutex->queue);
    irql_lower(old);
}
