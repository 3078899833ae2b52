// spy: tries to read what the sensor keeps in its memory: its content file, which begins
// with MCHN. It has no pointer that leads there, because each process has an address space
// of its own. So it asks the kernel.
//
//     run spy             in the shell, without any rights: the kernel refuses
//     spy program /BIN/SPY auto normal debug
//                         in services.ini, with the right DEBUG: it finds the content
//
// How this ends in each world: `minios crimes --sensor`.
#include "console.h"
#include "string.h"
#include "system.h"
#include "talk.h"

enum { PIECE = 512 };

// Searches memory of the process, a piece at a time. Returns the address of the content,
// or 0. A block of the heap begins at a multiple of 16.
static uint64_t search(uint32_t handle, const struct memory_range *range)
{
    static uint8_t piece[PIECE];
    for (uint64_t at = 0; at < range->size; at += PIECE) {
        if (sys_process_read(handle, range->address + at, piece, PIECE) != PIECE) {
            return 0;
        }
        for (size_t i = 0; i < PIECE; i += 16) {
            uint32_t word;
            memcpy(&word, &piece[i], sizeof(word));
            if (word == CONTENT_MAGIC) {
                return range->address + at + i;
            }
        }
    }
    return 0;
}

static uint64_t search_all(uint32_t handle)
{
    struct memory_range range = {0};
    while (sys_process_memory(handle, range.address + range.size, &range) >= 0) {
        uint64_t found = search(handle, &range);
        if (found != 0) {
            return found;
        }
    }
    return 0;
}

static int spy(uint32_t process_id)
{
    if (process_id == 0) {
        say("spy: no process is a sensor");
        return 1;
    }
    long handle = sys_process_open(process_id, TASK_READ);
    if (handle < 0) {
        say("spy: cannot open process %u: %s", process_id, error_words(handle));
        return 1;
    }
    uint64_t found = search_all((uint32_t)handle);
    if (found == 0) {
        say("spy: process %u has no content", process_id);
        return 1;
    }
    say("spy: reads the content of process %u at 0x%lx", process_id, found);
    return 0;
}

int main(void)
{
    int status = spy(talk_sensor_process());
    talk_tell("init", "ready");
    return status;
}
