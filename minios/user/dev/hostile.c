// hostile: makes the system calls that somebody outside has written into its memory.
// `minios dev fuzz syscalls` does (minios/dev/fuzz/hostile_machine.py), on a disk of its own:
// no machine that starts as usual has this program.
//
// As the first process it starts itself again and again, with the rights that the outside
// has chosen, ends what that leaves behind, and says "ready" before each round. As any
// other process it makes the calls.
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

// Read and written from outside, by these names.
volatile uint64_t hostile_rights;  // of the next round's process
volatile uint64_t hostile_count;   // calls to make
volatile uint64_t hostile_done;    // calls that have come back
struct call hostile_calls[CALLS];  // and their results

// Texts that may not be written, and buffers that may: the last pages of the image, so
// that what goes beyond their end is not mapped, and nothing else is written over.
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

// Processes that the calls have started.
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
    uint32_t port = (uint32_t)sys_port_create("");  // without a name, nobody finds it
    for (;;) {
        (void)sys_report(&(struct record){.kind = RECORD_READY});
        (void)sys_sleep(A_TICK);
        run_round(port);
        end_others();
        (void)sys_sleep(A_TICK);  // the last of them is buried
    }
}
