// checked.ext: the half of the sensor "checked" that runs in ring 3.
//
// The eBPF programs of checked.bpf compare events with rules, but a program cannot read a
// file. So this process reads the content file, checks it with the code of the usual sensor
// (drivers/sentinel/content.c), and puts each instance into the map "rules":
//
//     content file -> content_load -> maps "content" and "rules" -> programs in ring 0
//
// To everybody else it is the sensor: it has a port, the updater asks it for verdicts, and
// it reports what it has loaded. If it dies, the programs go on with the rules that they
// have. If the programs are loaded anew, their maps are empty. So this process looks from
// time to time whether they are still the same, and if not, fills the maps again. The build links this file as an extension (minios/image/variants.py); rules.h says
// what room a rule has.
#include "rules.h"

#include <minios/plugin.h>

#include "content.h"
#include "string.h"
#include "system.h"

#define OBJECT       "checked.bpf"
#define CONTENT_NAME CONTENT_FILE_CHANNEL_FILE_NAME

static const uint64_t LOOK_SOON = MILLISECONDS(100), LOOK_AGAIN = MILLISECONDS(1000);

// The version and the number of instances that are in use. 0: none.
static struct content_header current;

static uint64_t filled;  // the load of the programs whose maps have these rules

static long put(const char *map, uint32_t key, const void *value, size_t size)
{
    struct bpf_map_request request = {
        .key = (uint64_t)&key,
        .value = (uint64_t)value,
        .key_size = sizeof(key),
        .value_size = (uint32_t)size,
        .flags = BPF_UPDATE_ANY,
    };
    (void)string_copy(request.object, sizeof(request.object), OBJECT);
    (void)string_copy(request.map, sizeof(request.map), map);
    return sys_bpf_map_update(&request);
}

// Whether the programs could compare events with this instance.
static uint32_t rule_check(const struct instance *instance)
{
    if (instance->type != TEMPLATE_IPC) {
        return CONTENT_NO_EVENTS;  // the programs are told of named pipes only
    }
    if (instance->size > RULE_BYTES) {
        return CONTENT_TOO_LARGE;
    }
    for (uint32_t i = 0; i < instance->fields; i++) {
        const struct criterion *criterion = &instance->criteria[i];
        if (criterion->kind != CRITERION_ANY && criterion->offset >= RULE_TEXTS) {
            return CONTENT_TOO_LARGE;
        }
    }
    return CONTENT_ACCEPTED;
}

// What the usual sensor would say to a file, and whether it fits into the maps. Only for
// CONTENT_ACCEPTED the caller must call content_free.
static uint32_t read_content(const char *path, struct content *content)
{
    uint32_t verdict = content_load(path, content);
    if (verdict != CONTENT_ACCEPTED) {
        return verdict;
    }
    const struct instance *instance = content_first(content);
    while (instance != NULL && verdict == CONTENT_ACCEPTED) {
        verdict = rule_check(instance);
        instance = content_next(content, instance);
    }
    if (content->header->instances > RULES) {
        verdict = CONTENT_TOO_LARGE;
    }
    if (verdict != CONTENT_ACCEPTED) {
        content_free(content);
    }
    return verdict;
}

// Puts the rules into the maps. Meanwhile the programs find no content, so that none of
// them compares an event with half of the old rules and half of the new ones.
static long fill(const struct content *content)
{
    static uint64_t rule[RULE_BYTES / sizeof(uint64_t)];
    static const struct content_header none;
    long error = put("content", 0, &none, sizeof(none));
    const struct instance *instance = content_first(content);
    for (uint32_t number = 0; number < RULES && error == 0; number++) {
        memset(rule, 0, sizeof(rule));
        if (instance != NULL) {
            memcpy(rule, instance, instance->size);
            instance = content_next(content, instance);
        }
        error = put("rules", number, rule, sizeof(rule));
    }
    return error == 0 ? put("content", 0, content->header, sizeof(none)) : error;
}

static void report(uint32_t kind, uint32_t verdict)
{
    struct record record = {.kind = kind};
    (void)string_copy(record.name, sizeof(record.name), CONTENT_NAME);
    if (kind == RECORD_CONTENT_LOADED) {
        record.content_loaded.version = current.version;
        record.content_loaded.instances = current.instances;
        record.content_loaded.ring = (uint64_t)plugin_ring();
    } else {
        record.content_refused.reason = verdict;
        record.content_refused.ring = (uint64_t)plugin_ring();
    }
    plugin_report(&record);
}

// Loads new content. If it is refused, the old rules stay. Returns the verdict.
static uint32_t rules_load(const char *path)
{
    struct content content = {0};
    uint32_t verdict = read_content(path, &content);
    if (verdict == CONTENT_ACCEPTED) {
        long error = fill(&content);
        current = *content.header;
        content_free(&content);
        verdict = error == 0 ? CONTENT_ACCEPTED : CONTENT_NO_EVENTS;
    }
    if (verdict != CONTENT_ACCEPTED) {
        plugin_log("refused %s: %s", CONTENT_NAME, content_words(verdict));
        report(RECORD_CONTENT_REFUSED, verdict);
        return verdict;
    }
    plugin_log("loaded %s, version %u, %u instances", CONTENT_NAME, current.version,
               current.instances);
    report(RECORD_CONTENT_LOADED, verdict);
    return verdict;
}

static uint32_t rules_check(const char *path)
{
    struct content content = {0};
    uint32_t verdict = read_content(path, &content);
    if (verdict == CONTENT_ACCEPTED) {
        content_free(&content);
    }
    return verdict;
}

// Which load has brought the programs. 0: they are not there.
static uint64_t load_of_programs(void)
{
    struct bpf_entry entry;
    for (uint32_t i = 0; sys_bpf_list(i, &entry) >= 0; i++) {
        if (string_equals(entry.object, OBJECT)) {
            return entry.load;
        }
    }
    return 0;
}

static void tell_of_itself(void)
{
    plugin_log("runs in ring %d, for %s in ring 0", plugin_ring(), OBJECT);
    struct record record = {.kind = RECORD_SENSOR_UP};
    (void)string_copy(record.name, sizeof(record.name), plugin.name);
    record.sensor_up.ring = (uint64_t)plugin_ring();
    plugin_report(&record);
}

// The programs may be verified only later, and this takes its time. Until they are there
// it is no sensor: it would look like one, and nobody would see anything.
static void look(void *unused)
{
    uint64_t load = load_of_programs();
    if (load != 0 && load != filled) {
        if (filled == 0) {
            tell_of_itself();
        } else {
            plugin_log("%s was loaded anew, without rules", OBJECT);
        }
        filled = load;
        (void)rules_load(CONTENT_PATH);
    }
    (void)!plugin_defer(look, unused, filled == 0 ? LOOK_SOON : LOOK_AGAIN);
}

static int rules_start(void)
{
    look(NULL);
    return 0;
}

static void answer_words(struct message *answer, uint64_t status, const char *words)
{
    char *text = (char *)answer->body + sizeof(status);
    size_t room = sizeof(answer->body) - sizeof(status);
    memcpy(answer->body, &status, sizeof(status));
    plugin_format(text, room, "%s", words);
    answer->type = MESSAGE_ANSWER;
    answer->size = (uint32_t)(sizeof(status) + strlen(text) + 1);
}

static void rules_message(const struct message *message, struct message *answer)
{
    char path[PATH_SIZE] = {0};
    char words[MESSAGE_BODY_SIZE - sizeof(uint64_t)];
    size_t size = message->size < PATH_SIZE ? message->size : PATH_SIZE - 1;
    memcpy(path, message->body, size);
    uint32_t verdict = CONTENT_ACCEPTED;
    switch (message->type) {
    case MESSAGE_CONTENT_CHECK:
        verdict = rules_check(path);
        answer_words(answer, verdict, content_words(verdict));
        return;
    case MESSAGE_CONTENT_LOAD:  // anybody may ask, so only for the stored file
        verdict =
            string_equals(path, CONTENT_PATH) ? rules_load(path) : CONTENT_UNREADABLE;
        answer_words(answer, verdict, content_words(verdict));
        return;
    case MESSAGE_STATUS:
        plugin_format(words, sizeof(words),
                      "ring=%d version=%u instances=%u checksum=%u", plugin_ring(),
                      current.version, current.instances, current.checksum);
        answer_words(answer, 0, words);
        return;
    default:
        answer_words(answer, ERROR_BAD_ARGUMENT, "no such message");
        return;
    }
}

const struct plugin plugin = {
    .name = "checked",
    .start = rules_start,
    .message = rules_message,
};
