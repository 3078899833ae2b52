// sentinel: a security sensor. It compares the use of named pipes with a content file,
// which says what attacks look like. If the content has rules for processes or files,
// the kernel asks the sensor before a program begins or a file is opened or changed, and
// a rule may block it.
//
// To load a content file is harmless, even a bad one. What evaluates it is the next
// event: some process creates or opens a named pipe, and sentinel_event compares the
// event with each template instance of the content. So a machine with a bad file
// crashes a moment after it has loaded the file, and nobody sees a connection between
// the two.
//
// The kernel (or, in ring 3, the extension runtime) calls the functions in the
// table `plugin` at the end. Messages: CONTENT_CHECK and CONTENT_LOAD with a path,
// STATUS. See README.md.
#include <minios/plugin.h>

#include "content.h"
#include "integration.h"
#include "interpreter.h"
#include "subject.h"

#define CONTENT_NAME CONTENT_FILE_CHANNEL_FILE_NAME

// One thread at a time calls everything here, so these need no lock.
static struct content current;
static uint64_t loaded_at;
static uint64_t events;      // how many were compared with the current content
static uint64_t detections;  // how often one of these matched an instance
static uint64_t blocked;     // how many of these were denied

static void report_name(struct record *record, const char *name)
{
    plugin_format(record->name, sizeof(record->name), "%s", name);
}

static void report_loaded(void)
{
    const struct content_header *header = current.header;
    plugin_log("loaded %s, version %u, %u instances", CONTENT_NAME, header->version,
               header->instances);
    struct record record = {.kind = RECORD_CONTENT_LOADED};
    report_name(&record, CONTENT_NAME);
    record.content_loaded.version = header->version;
    record.content_loaded.instances = header->instances;
    record.content_loaded.ring = (uint64_t)plugin_ring();
    plugin_report(&record);
}

static void report_refused(uint32_t verdict)
{
    plugin_log("refused %s: %s", CONTENT_NAME, content_words(verdict));
    struct record record = {.kind = RECORD_CONTENT_REFUSED};
    report_name(&record, CONTENT_NAME);
    record.content_refused.reason = verdict;
    record.content_refused.ring = (uint64_t)plugin_ring();
    plugin_report(&record);
}

static void report_detection(const struct event *event, uint64_t detection_id)
{
    struct record record = {.kind = RECORD_DETECTION};
    subject_words(event, record.text, sizeof(record.text));
    report_name(&record, plugin.name);
    record.detection.detection = detection_id;
    record.detection.ring = (uint64_t)plugin_ring();
    plugin_log("detection 0x%lx: %s", detection_id, record.text);
    plugin_report(&record);
}

// Lets the kernel ask about what the content has rules for, and about nothing else:
// whoever is asked about has to wait.
static uint32_t subscribe_for(struct content *content)
{
    const struct instance *instance = content_first(content);
    while (instance != NULL) {
        if (subject_subscribe(instance->type) < 0) {
            content_free(content);
            return CONTENT_NO_EVENTS;
        }
        instance = content_next(content, instance);
    }
    return CONTENT_ACCEPTED;
}

// Loads new content. If it is refused, the sensor keeps the old. Returns the verdict.
static uint32_t sentinel_load(const char *path)
{
    struct content content = {0};
    uint32_t verdict = content_load(path, &content);
    if (verdict == CONTENT_ACCEPTED) {
        verdict = subscribe_for(&content);
    }
    if (verdict != CONTENT_ACCEPTED) {
        report_refused(verdict);
        return verdict;
    }
    content_free(&current);
    current = content;
    loaded_at = plugin_clock();
    events = 0;
    detections = 0;
    blocked = 0;
    report_loaded();
    return verdict;
}

static uint32_t sentinel_check(const char *path)
{
    struct content content = {0};
    uint32_t verdict = content_load(path, &content);
    if (verdict == CONTENT_ACCEPTED) {
        content_free(&content);
    }
    return verdict;
}

// If there is no content, or it is refused, the sensor runs all the same and detects
// nothing.
static int sentinel_start(void)
{
    static const uint32_t types[] = {EVENT_PIPE_CREATE, EVENT_PIPE_OPEN};
    int status = plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
    if (status < 0) {
        return status;
    }
    // What the sensor does itself is hidden from it. Otherwise it would be asked whether
    // it may read its own content, while it waits for the answer.
    const struct event_mute own = {.what = EVENT_MUTE_PROCESS,
                                   .process_id = plugin_process_id()};
    status = plugin_mute(&own, true);
    if (status < 0) {
        return status;
    }
    plugin_log("runs in ring %d", plugin_ring());
    struct record record = {.kind = RECORD_SENSOR_UP};
    report_name(&record, plugin.name);
    record.sensor_up.ring = (uint64_t)plugin_ring();
    plugin_report(&record);
    (void)sentinel_load(CONTENT_PATH);
    return 0;
}

// Compares an event with the instances of its template type, and reports those that
// match. Returns whether one of them blocks. With a bad content file, the fault happens
// in here: in interpreter_matches.
static bool compare(const struct event *event, const struct input *const *inputs,
                    struct evaluation *evaluation)
{
    uint32_t template = subject_template(event);
    bool blocks = false;
    const struct instance *instance = content_first(&current);
    while (instance != NULL) {
        evaluation->detection_id = instance->detection_id;
        evaluation->instance = instance;
        if (instance->type == template && interpreter_matches(inputs, instance)) {
            detections++;
            blocks = blocks || instance->action == ACTION_BLOCK;
            report_detection(event, instance->detection_id);
        }
        instance = content_next(&current, instance);
    }
    events++;
    return blocks;
}

static struct evaluation evaluation;

// A named pipe was made or opened: the sensor is told, and nobody waits.
static void sentinel_event(const struct event *event)
{
    if (current.header == NULL) {
        return;
    }
    integration_supply(&evaluation, event, &current);
    (void)compare(event, evaluation.inputs, &evaluation);
}

// Somebody wants to start a program or to use a file, and waits for the verdict.
static uint32_t sentinel_authorize(const struct event *event)
{
    if (current.header == NULL || !compare(event, subject_inputs(event), &evaluation)) {
        return EVENT_VERDICT_ALLOW;
    }
    blocked++;
    return EVENT_VERDICT_DENY;
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

static void answer_status(struct message *answer)
{
    char words[MESSAGE_BODY_SIZE - sizeof(uint64_t)];
    const struct content_header *header = current.header;
    if (header == NULL) {
        plugin_format(words, sizeof(words), "ring=%d version=0", plugin_ring());
    } else {
        plugin_format(words, sizeof(words),
                      "ring=%d version=%u instances=%u checksum=%u events=%lu "
                      "detections=%lu blocked=%lu loaded_ms=%lu",
                      plugin_ring(), header->version, header->instances,
                      header->checksum, events, detections, blocked,
                      (plugin_clock() - loaded_at) / 1000000);
    }
    answer_words(answer, 0, words);
}

// Copies the path in a message. A path that is too long is cut, so no file will be
// found.
static void path_of(const struct message *message, char path[PATH_SIZE])
{
    size_t size = message->size < PATH_SIZE ? message->size : PATH_SIZE - 1;
    memset(path, 0, PATH_SIZE);
    memcpy(path, message->body, size);
}

static bool is_content_path(const char *path)
{
    return memcmp(path, CONTENT_PATH, sizeof(CONTENT_PATH)) == 0;
}

static void sentinel_message(const struct message *message, struct message *answer)
{
    char path[PATH_SIZE];
    path_of(message, path);
    uint32_t verdict = CONTENT_ACCEPTED;
    switch (message->type) {
    case MESSAGE_CONTENT_CHECK:
        verdict = sentinel_check(path);
        answer_words(answer, verdict, content_words(verdict));
        return;
    case MESSAGE_CONTENT_LOAD:  // anybody may ask, so only for the stored file
        verdict = is_content_path(path) ? sentinel_load(path) : CONTENT_UNREADABLE;
        answer_words(answer, verdict, content_words(verdict));
        return;
    case MESSAGE_STATUS:
        answer_status(answer);
        return;
    default:
        answer_words(answer, ERROR_BAD_ARGUMENT, "no such message");
        return;
    }
}

const struct plugin plugin = {
    .name = "sentinel",
    .start = sentinel_start,
    .event = sentinel_event,
    .authorize = sentinel_authorize,
    .message = sentinel_message,
};
