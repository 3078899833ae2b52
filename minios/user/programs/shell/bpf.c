// The shell's command `bpf`: what it does itself, and what it leaves to the program /BIN/BPF.
//
// The shell lists and removes eBPF programs itself. A program may deny every start of a
// process: then nobody could start /BIN/BPF to remove it.
#include "shell.h"

#include "console.h"
#include "format.h"
#include "string.h"
#include "system.h"

#define HOOK_NAME(hook, name, event, decides) [hook] = name,
static const char *const hook_names[] = {"test", BPF_HOOK_TABLE(HOOK_NAME)};
#undef HOOK_NAME

static void list(void)
{
    struct bpf_entry entry;
    say("object         program        hook                   runs   denied");
    for (uint32_t i = 0; sys_bpf_list(i, &entry) >= 0; i++) {
        say("%-14s %-14s %-20s %6lu   %6lu", entry.object, entry.name,
            WORD_OF(hook_names, entry.hook), entry.runs, entry.denied);
    }
}

static void maps(void)
{
    struct bpf_map_entry map;
    say("object         map            kind    key  value  entries  in use");
    for (uint32_t i = 0; sys_bpf_map_list(i, &map) >= 0; i++) {
        if (map.kind == BPF_MAP_RING) {
            say("%-14s %-14s ring    %lu records, %lu dropped, %u of %u bytes wait%s",
                map.object, map.name, map.submitted, map.dropped, map.waiting,
                map.entries, map.has_reader ? "" : ", no reader");
            continue;
        }
        say("%-14s %-14s %-6s %4u %6u   %6u  %6u", map.object, map.name,
            map.kind == BPF_MAP_HASH    ? "hash"
            : map.kind == BPF_MAP_ARRAY ? "array"
                                        : "data",
            map.key_size, map.value_size, map.entries, map.in_use);
    }
}

static void remove(const char *name)
{
    long status = sys_bpf_remove(name);
    if (status == -ERROR_NOT_FOUND) {
        say("bpf: there is no object %s; `bpf list` shows them", name);
    } else if (status < 0) {
        say("bpf: %s: %s", name, error_words(status));
    }
}

void command_bpf(const char *first, const char *second)
{
    char words[PATH_SIZE];
    if (string_equals(first, "list")) {
        list();
    } else if (string_equals(first, "maps")) {
        maps();
    } else if (string_equals(first, "remove") && *second != '\0') {
        remove(second);
    } else if (format_text(words, sizeof(words), "%s %s", first, second) >= PATH_SIZE) {
        say("bpf: the words are longer than %d characters", PATH_SIZE - 1);
    } else {
        // A batch may ask for runs of programs that nobody has verified.
        uint32_t more = string_equals(first, "batch") ? RIGHT_LOAD_DRIVER : 0;
        run_program("/BIN/BPF", words, RIGHT_BPF | RIGHT_DISK_WRITE | more);
    }
}
