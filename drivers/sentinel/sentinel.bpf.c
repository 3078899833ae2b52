// The sensor as eBPF programs: the interpreter runs in ring 0, but the kernel verifies it
// before.
//
// This file is built twice. `naive` is the sensor of July 2024. It never runs: the verifier
// follows the loop of interpreter_matches to the 21st criterion. Its input would lie where
// the array of 20 inputs ends. The verifier refuses to load the program, and names the line
// that reads there. `checked` has the bounds check (build.h). It is loaded, and a criterion
// without an input does not match.
//
// The interpreter is that of the other two rings, interpreter.c. What is different here:
//
//   - Texts are compared by a helper. A loop over the characters of two texts has many
//     paths, and the verifier would follow all of them.
//   - Inputs are in a data section of their own, one after the other, because a variable
//     cannot hold an address. Rules are in a map. A program of ring 3 reads the content
//     file, checks it and fills the map (rules.h).
//   - A helper reports a rule that matches. It is also written to the kernel's log, and
//     counted.
#include <minios/bpf.h>

#include "rules.h"

// The definitions declare so many fields, and content_check insists on them.
#define FIELDS(instance) SENSOR_FIELDS
// The mask tells the verifier that the text begins inside the rule.
#define WANTED(instance, criterion) \
    ((const char *)(instance) + ((criterion)->offset & (RULE_TEXTS - 1)))
#define SENSOR_OWN_TEXTS
#define INPUT_ENTRY             struct input
#define INPUT_AT(inputs, index) (&(inputs)[index])

#include "integration.h"

BPF_MAP struct bpf_map rules = {
    .kind = BPF_MAP_ARRAY,
    .key_size = sizeof(uint32_t),
    .value_size = RULE_BYTES,
    .entries = RULES,
};
BPF_MAP struct bpf_map content = {
    .kind = BPF_MAP_ARRAY,
    .key_size = sizeof(uint32_t),
    .value_size = sizeof(struct content_header),
    .entries = 1,
};

// Alone in its section: behind the last input there is nothing that could be read.
static struct input inputs[SENSOR_INPUTS] __attribute__((section(".bss.inputs")));
// Nothing here reads them, but others do.
static volatile uint64_t compared, detections;

// ---- Texts.

static bool text_equals(const char *text, uint32_t length, const char *wanted,
                        uint32_t wanted_length)
{
    return length == wanted_length &&
           bpf_text_matches(text, INPUT_TEXT, wanted, INPUT_TEXT, BPF_MATCH_EXACT) == 1;
}

static bool text_matches(const char *text, uint32_t length, const char *pattern,
                         uint32_t pattern_length)
{
    return length < INPUT_TEXT && pattern_length < INPUT_TEXT &&
           bpf_text_matches(text, INPUT_TEXT, pattern, INPUT_TEXT, BPF_MATCH_PATTERN) ==
               1;
}

// A function of its own, as in the other rings: the array is what its caller names.
BPF_FUNCTION bool interpreter_matches(INPUT_ENTRY const *inputs,
                                      const struct instance *instance);
#include "interpreter.c"

// ---- From an event to twenty inputs, as in integration.c.

static void supply_text(uint32_t field, const char *text)
{
    struct input *input = &inputs[field];
    input->length = bpf_probe_read_kernel_str(input->text, INPUT_TEXT, text) - 1;
}

// `size` counts the NUL.
static void supply_word(uint32_t field, const char *word, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        inputs[field].text[i] = word[i];
    }
    inputs[field].length = size - 1;
}

#define WORD(text) (text), sizeof(text)

static void supply_number(uint32_t field, uint64_t number)
{
    struct input *input = &inputs[field];
    input->length = bpf_text_number(input->text, INPUT_TEXT, number) - 1;
}

static void supply_actors(const struct event *event)
{
    supply_text(IPC_PROCESS_NAME, event->actor.name);
    supply_number(IPC_PROCESS_ID, event->actor.process_id);
    supply_number(IPC_THREAD_ID, event->actor.thread_id);
    supply_text(IPC_PARENT_NAME, event->actor.parent);
    supply_number(IPC_PARENT_ID, event->actor.parent_id);
    supply_text(IPC_SERVER_NAME, event->pipe.server);
    supply_number(IPC_SERVER_ID, event->pipe.server_id);
    supply_number(IPC_RING, event->actor.process_id == 0 ? 0 : 3);
    supply_number(IPC_RIGHTS, event->actor.rights);
}

static void supply_pipe(const struct event *event)
{
    if (event->type == EVENT_PIPE_CREATE) {
        supply_word(IPC_OPERATION, WORD("create"));
    } else {
        supply_word(IPC_OPERATION, WORD("open"));
    }
    supply_text(IPC_PIPE_NAME, event->pipe.name);
    supply_number(IPC_OPEN_COUNT, event->pipe.open_count);
    supply_number(IPC_BYTES_WAITING, event->pipe.bytes_waiting);
    supply_number(IPC_SEQUENCE, event->sequence);
    supply_number(IPC_UPTIME_SECONDS, event->time / 1000000000);
}

static void supply_surroundings(const struct content_header *header)
{
    supply_word(IPC_MODEL, WORD("linux"));  // no other model takes eBPF programs
    supply_number(IPC_CHANNEL, header->channel);
    supply_word(IPC_SENSOR_VERSION, WORD(SENTINEL_VERSION));
    supply_number(IPC_CONTENT_VERSION, header->version);
    supply_number(IPC_INSTANCE_COUNT, header->instances);
}

static BPF_FUNCTION void supply(const struct event *event,
                                const struct content_header *header)
{
    supply_pipe(event);
    supply_actors(event);
    supply_surroundings(header);
}

// ---- The programs.

static void report(uint64_t detection_id)
{
    static const char text[] = "detection 0x%lx";
    bpf_trace_printk(text, sizeof(text), detection_id, 0, 0);
    bpf_report_detection(inputs[IPC_PIPE_NAME].text, INPUT_TEXT,
                         inputs[IPC_PROCESS_NAME].text, INPUT_TEXT, detection_id);
    detections++;
}

static long evaluate(const struct event *event)
{
    uint32_t first = 0;
    const struct content_header *header = bpf_map_lookup_elem(&content, &first);
    if (header == NULL || header->instances == 0) {
        return 0;  // no content was loaded
    }
    supply(event, header);
    for (uint32_t number = 0; number < RULES; number++) {
        uint32_t key = number;
        const struct instance *instance = bpf_map_lookup_elem(&rules, &key);
        if (instance == NULL || instance->type != TEMPLATE_IPC) {
            break;  // unused rules are behind the others
        }
        if (interpreter_matches(inputs, instance)) {
            report(instance->detection_id);
        }
    }
    compared++;
    return 0;
}

BPF_PROGRAM("notify/pipe_create") long pipe_created(const struct event *event)
{
    return evaluate(event);
}

BPF_PROGRAM("notify/pipe_open") long pipe_opened(const struct event *event)
{
    return evaluate(event);
}
