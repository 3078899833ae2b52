// The supervisor is a program, too, and may die. init starts it again. What must not be
// forgotten then is on the disk: how often each extension has died, that one is held or
// given up, when a dead one is to be started. Otherwise whoever kills the supervisor
// could undo all of that.
//
// The file belongs to one start of the machine; a later start begins anew. It is copied
// to its place whole (see file_replace), and a damaged one counts as none. Programs other than the supervisor
// cannot write to it (kernel/processes/protection.c).
#include "memory.h"

#include <stdbool.h>

#include "console.h"
#include "crc32.h"
#include "file.h"
#include "string.h"
#include "system.h"

static struct memory kept;  // what is on the disk
static long told;           // the error that was said last

static uint64_t this_boot(void)
{
    struct boot_status boot = {0};
    (void)sys_boot_status(&boot);
    return boot.starts;
}

static bool is_possible(const struct memory *memory)
{
    for (uint32_t i = 0; i < MEMORY_LIVES; i++) {
        if (memory->lives[i].state > LIFE_HELD) {
            return false;
        }
    }
    return true;
}

void memory_recall(struct memory *memory)
{
    long size = file_read(SUPERVISOR_PATH, memory, sizeof(*memory));
    bool is_whole = size == (long)sizeof(*memory) && memory->boot == this_boot() &&
                    memory->checksum == crc32(memory->lives, sizeof(memory->lives)) &&
                    is_possible(memory);
    if (!is_whole) {
        *memory = (struct memory){.boot = this_boot()};
    }
    for (uint32_t i = 0; i < MEMORY_LIVES; i++) {
        memory->lives[i].name[NAME_SIZE - 1] = '\0';
    }
    kept = *memory;
}

// A machine on which no extension has died needs no file: running ones are found in the
// service list.
static bool is_worth_it(const struct memory *memory)
{
    for (uint32_t i = 0; i < MEMORY_LIVES; i++) {
        const struct life *life = &memory->lives[i];
        if (life->is_held || life->restarts > 0 || life->history.deaths > 0) {
            return true;
        }
    }
    return false;
}

void memory_keep(struct memory *memory)
{
    if (!is_worth_it(memory) && !is_worth_it(&kept)) {
        return;
    }
    if (memcmp(memory, &kept, sizeof(kept)) == 0) {
        return;  // with the same lives the checksum is still right
    }
    memory->checksum = crc32(memory->lives, sizeof(memory->lives));
    kept = *memory;
    long status = file_write(SUPERVISOR_NEW_PATH, memory, sizeof(*memory));
    status = status < 0 ? status : sys_rename(SUPERVISOR_NEW_PATH, SUPERVISOR_PATH);
    if (status < 0 && status != told) {
        say("supervisor: cannot write %s: %s", SUPERVISOR_PATH, error_words(status));
    }
    told = status;
}
