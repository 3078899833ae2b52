// Helpers (see helpers.h).
//
// The interpreter calls a helper with R1 to R5. In a verified program the verifier has
// compared each of them with the table: a pointer leads to memory of the program, and the
// size behind it fits. So a helper does not check that again. It does check what the
// verifier cannot know: how long the kernel's own memory is that it reads from.
//
// A helper never waits, and returns a number, or a negated ERROR_ as a number.
//
// A program has a bounded number of steps. What a helper does is charged as the steps that
// it would have been, so that a loop of large copies, or of lines for the log, is bounded
// as well.
#include "bpf/helpers.h"

#include "bpf/defect.h"
#include "bpf/run.h"
#include "bpf/map.h"
#include "bpf/ring.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "library/text.h"
#include "tasks/process.h"
#include "tasks/thread.h"

#define TRACE_BYTES 96  // of a line of trace_printk

// ---- What is charged.

#define BYTES_A_STEP   8   // of memory that is copied, cleared or compared
#define STEPS_A_LETTER 16  // of a line for the console: a device is slow

static void charge_bytes(struct bpf_run *run, uint64_t bytes)
{
    run->work += bytes / BYTES_A_STEP;
}

// A key is hashed, and compared with those in its chain. They can be many: whoever chooses
// the keys can choose some that all belong to one chain.
static void charge_map(struct bpf_run *run, const struct bpf_map *map, uint64_t walked,
                       uint64_t values)
{
    charge_bytes(run, map->key_size + values * map->value_size);
    run->work += (map->walked - walked) * (1 + map->key_size / BYTES_A_STEP);
}

// The object that a program came with. A program that was not loaded has only its own name.
static const char *name_of_program(const struct bpf_run *run)
{
    const char *object = run->program->object->name;
    return object[0] == '\0' ? run->program->name : object;
}

// ---- Maps.

static uint64_t call_map_lookup_elem(struct bpf_run *run, const uint64_t *arguments)
{
    struct bpf_map *map = (void *)arguments[0];
    uint64_t walked = map->walked;
    void *value = bpf_map_lookup(map, (const void *)arguments[1]);
    charge_map(run, map, walked, 0);
    return (uint64_t)value;
}

static uint64_t call_map_update_elem(struct bpf_run *run, const uint64_t *arguments)
{
    struct bpf_map *map = (void *)arguments[0];
    uint64_t walked = map->walked;
    if (map->flags & BPF_MAP_READ_ONLY) {
        return (uint64_t)-ERROR_READ_ONLY;
    }
    long result = bpf_map_update(map, (const void *)arguments[1],
                                 (const void *)arguments[2], arguments[3]);
    charge_map(run, map, walked, 1);
    return (uint64_t)result;
}

static uint64_t call_map_delete_elem(struct bpf_run *run, const uint64_t *arguments)
{
    struct bpf_map *map = (void *)arguments[0];
    uint64_t walked = map->walked;
    if (map->flags & BPF_MAP_READ_ONLY) {
        return (uint64_t)-ERROR_READ_ONLY;
    }
    long result = bpf_map_delete(map, (const void *)arguments[1]);
    charge_map(run, map, walked, 0);
    return (uint64_t)result;
}

// ---- Time, and who is running.

static uint64_t call_ktime_get_ns(struct bpf_run *run, const uint64_t *arguments)
{
    (void)run;
    (void)arguments;
    return thread_clock();
}

static uint64_t call_get_current_pid_tgid(struct bpf_run *run,
                                          const uint64_t *arguments)
{
    (void)run;
    (void)arguments;
    const struct process *process = process_current();
    return (uint64_t)(process == NULL ? 0 : process->id) << 32 | thread_current()->id;
}

static uint64_t call_get_current_comm(struct bpf_run *run, const uint64_t *arguments)
{
    charge_bytes(run, arguments[1]);
    const struct process *process = process_current();
    char *name = (char *)arguments[0];
    memset(name, 0, arguments[1]);
    text_copy(name, arguments[1], process == NULL ? "system" : process->name);
    return 0;
}

// ---- Text.

// A line that grows. What finds no room is cut.
struct trace {
    char text[TRACE_BYTES];
    size_t used;
};

// Only letters, digits and signs: a program shall not be able to move the cursor of the
// console, or to begin a line of its own.
static void trace_put(struct trace *line, char c)
{
    if (line->used + 1 < sizeof(line->text)) {
        line->text[line->used++] = c >= ' ' && c <= '~' ? c : '?';
    }
}

// A number, in the form that stands behind a '%': d, u, x, or with an l before it. Returns
// what follows, or NULL if there is no such form.
static const char *trace_number(struct trace *line, const char *form, const char *end,
                                uint64_t value)
{
    bool is_long = form < end && *form == 'l';
    form += is_long ? 1 : 0;
    if (form == end) {
        return NULL;
    }
    char digits[24];
    if (*form == 'd') {
        text_format(digits, sizeof(digits), "%ld",
                    is_long ? (int64_t)value : (int64_t)(int32_t)value);
    } else if (*form == 'u') {
        text_format(digits, sizeof(digits), "%lu", is_long ? value : (uint32_t)value);
    } else if (*form == 'x') {
        text_format(digits, sizeof(digits), "%lx", is_long ? value : (uint32_t)value);
    } else {
        return NULL;
    }
    for (const char *at = digits; *at != '\0'; at++) {
        trace_put(line, *at);
    }
    return form + 1;
}

// Copies what stands between `from` and the next '%', and returns where that is.
static const char *copy_plain(struct trace *line, const char *from, const char *end)
{
    while (from < end && *from != '\0' && *from != '%') {
        trace_put(line, *from++);
    }
    return from;
}

static uint64_t call_trace_printk(struct bpf_run *run, const uint64_t *arguments)
{
    struct trace line = {0};
    charge_bytes(run, arguments[1]);
    const char *at = (const char *)arguments[0], *end = at + arguments[1];
    unsigned next = 2;  // R3 is the first number
    for (;;) {
        at = copy_plain(&line, at, end);
        if (at == end || *at == '\0') {
            break;
        }
        uint64_t value = next < 5 ? arguments[next++] : 0;
        at = trace_number(&line, at + 1, end, value);
        if (at == NULL) {
            return (uint64_t)-ERROR_BAD_ARGUMENT;
        }
    }
    console_log("bpf: %s: %s", name_of_program(run), line.text);
    run->work += (NAME_SIZE + line.used) * STEPS_A_LETTER;  // with the name before it
    return line.used;
}

// Copies a text out of the context. All of the memory is written: behind the text it
// becomes 0.
static uint64_t call_probe_read_kernel_str(struct bpf_run *run,
                                           const uint64_t *arguments)
{
    char *to = (char *)arguments[0];
    size_t size = arguments[1];
    uint64_t from = arguments[2], end = run->r1 + sizeof(struct event);
    size_t room = size;
    charge_bytes(run, 2 * size);  // it is cleared, and then filled
    // The defect helper_length: the size says how much room there is at `to`. Taken for
    // the length of the text, it leads past the end of the context.
    if (room > end - from && !bpf_defect_is(BPF_DEFECT_HELPER_LENGTH)) {
        room = end - from;
    }
    memset(to, 0, size);
    memcpy(to, (const void *)from, room);
    to[size - 1] = '\0';
    size_t length = strlen(to);
    memset(to + length, 0, size - length);
    return length + 1;
}

// A text that ends with a NUL, or with the memory that was given for it.
static size_t length_of(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && text[length] != '\0') {
        length++;
    }
    return length;
}

// Whether a text fits a pattern. If a comparison fails, it goes back to the last star only.
// This is enough, and so the time is at most the product of the two lengths.
static bool fits(struct bpf_run *run, const char *text, size_t length,
                 const char *pattern, size_t in_all)
{
    size_t at = 0, in_pattern = 0, star = SIZE_MAX, star_at = 0;
    while (at < length) {
        run->work++;
        char wanted = in_pattern < in_all ? pattern[in_pattern] : '\0';
        if (wanted == '*') {
            star = in_pattern++;
            star_at = at;
        } else if (wanted != '\0' && (wanted == '?' || wanted == text[at])) {
            in_pattern++;
            at++;
        } else if (star != SIZE_MAX) {
            in_pattern = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (in_pattern < in_all && pattern[in_pattern] == '*') {
        in_pattern++;
    }
    return in_pattern == in_all;
}

// No more than a path is compared, because nothing else runs meanwhile.
static uint64_t call_text_matches(struct bpf_run *run, const uint64_t *arguments)
{
    const char *text = (const char *)arguments[0];
    const char *wanted = (const char *)arguments[2];
    size_t length = length_of(text, arguments[1]);
    size_t in_all = length_of(wanted, arguments[3]);
    charge_bytes(run, length + in_all);
    if (length > PATH_SIZE || in_all > PATH_SIZE) {
        return (uint64_t)-ERROR_BAD_ARGUMENT;
    }
    if (arguments[4] == BPF_MATCH_EXACT) {
        return length == in_all && memcmp(text, wanted, length) == 0;
    }
    return fits(run, text, length, wanted, in_all);
}

static uint64_t call_text_number(struct bpf_run *run, const uint64_t *arguments)
{
    charge_bytes(run, arguments[1]);
    char *text = (char *)arguments[0];
    memset(text, 0, arguments[1]);
    (void)text_format(text, arguments[1], "%lu", arguments[2]);
    return length_of(text, arguments[1]) + 1;
}

// ---- What the world outside learns.

static void take_text(char *to, size_t room, const char *text, size_t size)
{
    size_t length = length_of(text, size);
    length = length < room ? length : room - 1;
    memcpy(to, text, length);
    to[length] = '\0';
}

static uint64_t call_report_detection(struct bpf_run *run, const uint64_t *arguments)
{
    char what[PATH_SIZE], who[NAME_SIZE];
    struct record record = {.kind = RECORD_DETECTION};
    charge_bytes(run, arguments[1] + arguments[3] + sizeof(record));
    take_text(what, sizeof(what), (const char *)arguments[0], arguments[1]);
    take_text(who, sizeof(who), (const char *)arguments[2], arguments[3]);
    text_format(record.text, sizeof(record.text), "%s by %s", what, who);
    text_copy_stem(record.name, sizeof(record.name), name_of_program(run));
    record.detection.detection = arguments[4];
    beacon_report(&record);
    return 0;
}

// ---- Ring buffers.

static struct bpf_ring *ring_of(uint64_t map)
{
    return ((const struct bpf_map *)map)->storage;
}

static uint64_t call_ringbuf_output(struct bpf_run *run, const uint64_t *arguments)
{
    charge_bytes(run, 2 * arguments[2]);  // it is cleared, and then filled
    void *record = bpf_ring_reserve(ring_of(arguments[0]), arguments[2]);
    if (record == NULL) {
        return (uint64_t)-ERROR_NO_SPACE;
    }
    memcpy(record, (const void *)arguments[1], arguments[2]);
    bpf_ring_submit(record);
    return 0;
}

static uint64_t call_ringbuf_reserve(struct bpf_run *run, const uint64_t *arguments)
{
    charge_bytes(run, arguments[1]);
    return (uint64_t)bpf_ring_reserve(ring_of(arguments[0]), arguments[1]);
}

static uint64_t call_ringbuf_submit(struct bpf_run *run, const uint64_t *arguments)
{
    (void)run;
    bpf_ring_submit((void *)arguments[0]);
    return 0;
}

static uint64_t call_ringbuf_discard(struct bpf_run *run, const uint64_t *arguments)
{
    (void)run;
    bpf_ring_discard((void *)arguments[0]);
    return 0;
}

// ---- The table.

#define HELPER_ROW(number, name, returns, ...) \
    {number, #name, returns, {__VA_ARGS__}, call_##name},
static const struct bpf_helper helpers[] = {BPF_HELPER_TABLE(HELPER_ROW)};
#undef HELPER_ROW

const struct bpf_helper *bpf_helper_find(uint32_t number)
{
    for (unsigned i = 0; i < COUNT(helpers); i++) {
        if (helpers[i].number == number) {
            return &helpers[i];
        }
    }
    return NULL;
}
