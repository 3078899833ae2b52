// hostile: makes any system calls that the test outside the machine wants, with any
// arguments. `minios dev fuzz syscalls` writes them into this program's memory
// (minios/dev/fuzz/hostile_machine.py). No disk has this program, except the one that
// this command makes for itself.
//
// As the first process, it starts itself again and again, with the rights that were
// chosen outside. Before each round it reports "ready", and afterwards it ends all
// processes that are left. As any other process, it makes the calls.
#include "string.h"
#include "system.h"

enum { CALLS = 512, ARENA_SIZE = 2 * PAGE_SIZE, FIRST_PROCESS = 1 };

#define PATIENCE SECONDS(2)  // of virtual time, for one round
#define A_TICK   MILLISECONDS(10)

struct call {
    uint64_t number;
    uint64_t arguments[6];
    uint64_t result;
};

// The test outside finds these variables by their names.
volatile uint64_t hostile_rights;  // for the process of the next round
volatile uint64_t hostile_count;   // how many calls to make
volatile uint64_t hostile_done;    // how many calls have returned
struct call hostile_calls[CALLS];  // the calls and their results

// Read-only texts and writable buffers for the calls. Both are the last pages of their
// kind, so the page after them is not mapped. A call that goes past the end must get an
// error, and cannot overwrite other data of this program.
#define FROM_OUTSIDE _Alignas(PAGE_SIZE) __attribute__((used, retain))
FROM_OUTSIDE const char hostile_texts[PAGE_SIZE] = "";
FROM_OUTSIDE __attribute__((section(".bss.last"))) char hostile_arena[ARENA_SIZE];

static void make_call(struct call *call)
{
    register uint64_t fourth __asm__("r10") = call->arguments[3];
    register uint64_t fifth __asm__("r8") = call->arguments[4];
    register uint64_t sixth __asm__("r9") = call->arguments[5];
    uint64_t result = call->number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(call->arguments[0]), "S"(call->arguments[1]),
                       "d"(call->arguments[2]), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    call->result = result;
}

static int work(void)
{
    while (hostile_done < hostile_count) {
        make_call(&hostile_calls[hostile_done]);
        hostile_done++;
    }
    return 0;
}

static bool hears_death(uint32_t port, uint64_t timeout)
{
    struct message message;
    return sys_port_receive(port, &message, timeout) >= 0;
}

static void run_round(uint32_t port)
{
    struct spawn request = {.rights = (uint32_t)hostile_rights, .death_port = port};
    (void)string_copy(request.path, sizeof(request.path), "/BIN/HOSTILE");
    long process_id = sys_spawn(&request);
    if (process_id >= 0 && !hears_death(port, PATIENCE)) {
        (void)sys_kill((uint32_t)process_id);
        (void)hears_death(port, FOR_EVER);
    }
}

// Ends the processes that the calls have started.
static void end_others(void)
{
    struct process_entry entry;
    while (sys_process_list(1, &entry) >= 0) {
        for (uint32_t i = 1; sys_process_list(i, &entry) >= 0; i++) {
            (void)sys_kill(entry.process_id);
        }
        (void)sys_sleep(A_TICK);
    }
}

int main(void)
{
    if (sys_process_id() != FIRST_PROCESS) {
        return work();
    }
    uint32_t port = (uint32_t)sys_port_create("");  // no name, so no other can find it
    for (;;) {
        (void)sys_report(&(struct record){.kind = RECORD_READY});
        (void)sys_sleep(A_TICK);
        run_round(port);
        end_others();
        (void)sys_sleep(A_TICK);  // the kernel frees the last of them meanwhile
    }
}
