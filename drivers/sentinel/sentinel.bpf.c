// The sensor as eBPF programs: the interpreter runs in ring 0, but the kernel verifies it
// before.
//
// This file is built twice. `naive` is the sensor of July 2024. It never runs: the verifier
// follows the loop of interpreter_matches to the 21st criterion. There the array of inputs
// has no pointer any more, and the number behind it is taken for one. The verifier refuses
// to load the program, and names that line. `checked` has the bounds check (build.h). It is
// loaded, and a criterion without an input does not match.
//
// The interpreter is that of the other two rings, interpreter.c. What is different here:
//
//   - The texts are compared by functions whose loops have a bound. A pattern may have one
//     `*` and no `?`: more would be too many paths for the verifier.
//   - Inputs are in a data section, and rules in a map. A program of ring 3 reads the
//     content file, checks it and fills the map (rules.h).
//   - A rule that matches is written to the kernel's log, and counted.
#include <minios/bpf.h>

#include "rules.h"

// The definitions declare so many fields, and content_check insists on them.
#define FIELDS(instance) SENSOR_FIELDS
// The mask tells the verifier that the text begins inside the rule.
#define WANTED(instance, criterion) \
    ((const char *)(instance) + ((criterion)->offset & (RULE_TEXTS - 1)))
#define SENSOR_OWN_TEXTS

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

static struct input inputs[SENSOR_INPUTS];
// Nothing here reads them, but others do.
static volatile uint64_t compared, detections;

// ---- Texts. The compiler keeps these functions apart, so that all ways out of a loop
// lead to the same place: otherwise the verifier would follow each of them to the end of
// the program.

static BPF_FUNCTION bool text_equals(const char *text, uint32_t length,
                                     const char *wanted, uint32_t wanted_length)
{
    if (length != wanted_length) {
        return false;
    }
    for (uint32_t i = 0; i < INPUT_TEXT && i < length; i++) {
        if (text[i] != wanted[i]) {
            return false;
        }
    }
    return true;
}

// Where the star of a pattern is. The verifier knows nothing about a number in memory, so
// it does not look at each place by itself.
static volatile uint32_t star;

static BPF_FUNCTION void find_star(const char *pattern, uint32_t pattern_length)
{
    star = pattern_length;
    for (uint32_t i = 0; i < INPUT_TEXT && i < pattern_length; i++) {
        if (pattern[i] == '*') {
            star = i;
            return;
        }
    }
}

#define INSIDE(index) ((index) & (INPUT_TEXT - 1))

// Whether two texts are equal in `length` bytes from `at` and `wanted_at` on.
static BPF_FUNCTION bool parts_equal(const char *text, uint32_t at, const char *wanted,
                                     uint32_t wanted_at, uint32_t length)
{
    for (uint32_t i = 0; i < INPUT_TEXT && i < length; i++) {
        if (text[INSIDE(at + i)] != wanted[INSIDE(wanted_at + i)]) {
            return false;
        }
    }
    return true;
}

static BPF_FUNCTION bool text_matches(const char *text, uint32_t length,
                                      const char *pattern, uint32_t pattern_length)
{
    find_star(pattern, pattern_length);
    uint32_t head = star;
    if (head >= pattern_length) {
        return text_equals(text, length, pattern, pattern_length);
    }
    uint32_t tail = pattern_length - head - 1;
    return length >= head + tail && parts_equal(text, 0, pattern, 0, head) &&
           parts_equal(text, length - tail, pattern, head + 1, tail);
}

BPF_FUNCTION bool interpreter_matches(const struct input *const *inputs,
                                      const struct instance *instance);
#include "interpreter.c"

// ---- From an event to twenty inputs, as in integration.c.

static BPF_FUNCTION void supply_text(uint32_t field, const char *text)
{
    if (field < SENSOR_INPUTS) {
        struct input *input = &inputs[field];
        input->length = bpf_probe_read_kernel_str(input->text, INPUT_TEXT, text) - 1;
    }
}

static void supply_word(uint32_t field, const char *word, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        inputs[field].text[i] = word[i];
    }
    inputs[field].length = length;
}

#define WORD(text) (text), sizeof(text) - 1

enum { DIGITS = 20 };  // of the largest number

static BPF_FUNCTION void supply_number(uint32_t field, uint64_t number)
{
    char digits[32];
    uint32_t count = 0;
    for (uint32_t i = 0; i < DIGITS; i++) {
        digits[i] = (char)('0' + number % 10);
        number /= 10;
        count++;
        if (number == 0) {
            break;
        }
    }
    if (field >= SENSOR_INPUTS) {
        return;
    }
    struct input *input = &inputs[field];
    for (uint32_t i = 0; i < DIGITS && i < count; i++) {
        input->text[i] = digits[(count - 1 - i) & 31];
    }
    input->length = count;
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

static BPF_FUNCTION bool rule_matches(const struct instance *instance)
{
    struct evaluation evaluation;
    for (uint32_t i = 0; i < SENSOR_INPUTS; i++) {
        evaluation.inputs[i] = &inputs[i];
    }
    evaluation.detection_id = instance->detection_id;
    evaluation.instance = instance;
    return interpreter_matches(evaluation.inputs, instance);
}

static void report(uint64_t detection_id)
{
    static const char text[] = "detection 0x%lx";
    bpf_trace_printk(text, sizeof(text), detection_id, 0, 0);
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
        if (rule_matches(instance)) {
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
