// rules: puts the rules of the content file into the maps of the sensor's eBPF programs.
//
// It is a service that init starts after checked.bpf was loaded.
//
// An eBPF program cannot read files. So a program of ring 3 reads the content file, checks
// it as the sensor does (drivers/sentinel/content.c, the same code), and copies each rule
// for named pipes into the map `rules` of the object checked.bpf. Last comes the map
// `content`: until it has rules in it, the eBPF programs compare nothing. Afterwards this
// program looks once a second whether the file has changed.
#include "console.h"
#include "file.h"
#include "memory.h"
#include "string.h"
#include "system.h"
#include "talk.h"

// What the sensor's code wants of the plugin runtime.
#include "../../../../drivers/sentinel/content.c"
#include "../../../../drivers/sentinel/rules.h"

#define OBJECT "checked.bpf"

long plugin_read_file(const char *path, void *buffer, size_t capacity)
{
    return file_read(path, buffer, capacity);
}

void *plugin_allocate(size_t size)
{
    return memory_allocate(size);
}

void plugin_free(void *block)
{
    memory_free(block);
}

// The checksum in the header of the stored file; 0 if there is none.
static uint32_t stored_checksum(void)
{
    struct content_header header = {0};
    long handle = sys_open(CONTENT_PATH, OPEN_READ);
    if (handle < 0) {
        return 0;
    }
    long size = sys_read((uint32_t)handle, &header, sizeof(header));
    sys_close((uint32_t)handle);
    return size == (long)sizeof(header) ? header.checksum : 0;
}

static long put(const char *map, uint32_t key, const void *value, uint32_t size)
{
    struct bpf_map_request request = {
        .object = OBJECT,
        .key = (uint64_t)&key,
        .value = (uint64_t)value,
        .key_size = sizeof(key),
        .value_size = size,
    };
    memcpy(request.map, map, strlen(map) + 1);
    return sys_bpf_map_update(&request);
}

// Whether an instance fits into an entry of the map, with every text at a place where the
// eBPF programs look for it.
static bool fits(const struct instance *instance)
{
    if (instance->size > RULE_BYTES) {
        return false;
    }
    for (uint32_t i = 0; i < instance->fields; i++) {
        const struct criterion *criterion = &instance->criteria[i];
        if (criterion->kind != CRITERION_ANY &&
            (criterion->offset >= RULE_TEXTS || criterion->length >= PATH_SIZE)) {
            return false;
        }
    }
    return true;
}

static long put_rule(uint32_t number, const struct instance *instance)
{
    uint8_t rule[RULE_BYTES] = {0};  // an entry of zeros is no rule
    if (instance != NULL) {
        memcpy(rule, instance, instance->size);
    }
    return put("rules", number, rule, sizeof(rule));
}

// Returns how many rules there are, or a negated ERROR_.
static long put_rules(const struct content *content)
{
    uint32_t count = 0;
    const struct instance *instance = content_first(content);
    while (instance != NULL) {
        if (instance->type == TEMPLATE_IPC) {
            long error = count == RULES || !fits(instance) ? -ERROR_NO_SPACE
                                                           : put_rule(count, instance);
            if (error < 0) {
                return error;
            }
            count++;
        }
        instance = content_next(content, instance);
    }
    for (uint32_t number = count; number < RULES; number++) {
        long error = put_rule(number, NULL);
        if (error < 0) {
            return error;
        }
    }
    return count;
}

// Puts an accepted content file into the maps. Returns how many rules it has, or a negated
// ERROR_. While the rules change, nothing is compared.
static long put_content(const struct content *content)
{
    static const struct content_header none;
    long error = put("content", 0, &none, sizeof(none));
    if (error < 0) {
        return error;
    }
    long count = put_rules(content);
    if (count < 0) {
        return count;
    }
    error = put("content", 0, content->header, sizeof(*content->header));
    return error < 0 ? error : count;
}

static void load(void)
{
    struct content content = {0};
    uint32_t verdict = content_load(CONTENT_PATH, &content);
    if (verdict != CONTENT_ACCEPTED) {
        say("rules: refused %s: %s", CONTENT_PATH, content_words(verdict));
        return;
    }
    long count = put_content(&content);
    if (count < 0) {
        say("rules: %s has no rules: %s", OBJECT, error_words(count));
    } else {
        say("rules: %s has %lu rules of version %u", OBJECT, (uint64_t)count,
            content.header->version);
    }
    content_free(&content);
}

int main(void)
{
    talk_tell("init", "ready");
    for (;;) {
        uint32_t loaded = stored_checksum();
        load();
        do {
            sys_sleep(SECONDS(1));
        } while (stored_checksum() == loaded);
    }
}
