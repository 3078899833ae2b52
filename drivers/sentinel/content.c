// Reading a content file, and refusing a malformed one. sentinel.c calls content_load.
//
// Each check has a verdict with a name, so that the answer says what is wrong. The
// checks are here in the order in which they are made. They matter, because this code
// may run in ring 0: a text that lies outside the file would be read from the kernel's
// memory.
//
// And still the bad file passes all of them. This file believes the definitions, which
// say that an IPC instance has 21 criteria. That the sensor supplies only 20 inputs is
// written elsewhere (integration.h), and nothing here compares the two. These are
// findings 1 and 4 of the public analysis of July 2024.
#include "content.h"

static const uint8_t *content_end(const struct content_header *header)
{
    return (const uint8_t *)header + header->size;
}

// CRC-32 (IEEE 802.3), a checksum, one bit after the other.
static uint32_t content_checksum(const uint8_t *bytes, size_t size)
{
    uint32_t remainder = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        remainder ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            uint32_t low = remainder & 1;
            remainder = (remainder >> 1) ^ (0xedb88320 & (0 - low));
        }
    }
    return ~remainder;
}

static uint32_t check_header(const struct content_header *header, size_t size)
{
    if (size > CONTENT_FILE_MAXIMUM_FILE_SIZE) {
        return CONTENT_TOO_LARGE;
    }
    if (size < sizeof(*header)) {
        return CONTENT_TOO_SHORT;
    }
    if (header->magic != CONTENT_MAGIC) {
        return CONTENT_BAD_MAGIC;
    }
    if (header->format_version != CONTENT_FILE_FORMAT_VERSION) {
        return CONTENT_BAD_VERSION;
    }
    if (header->size != size) {
        return CONTENT_SIZE_MISMATCH;
    }
    const uint8_t *body = (const uint8_t *)(header + 1);
    if (content_checksum(body, size - sizeof(*header)) != header->checksum) {
        return CONTENT_BAD_CHECKSUM;
    }
    if (header->instances > CONTENT_FILE_MAXIMUM_INSTANCES) {
        return CONTENT_TOO_LARGE;
    }
    if (header->channel != CONTENT_FILE_CHANNEL_NUMBER) {
        return CONTENT_UNKNOWN_TEMPLATE;
    }
    return CONTENT_ACCEPTED;
}

static bool criterion_is_good(const struct instance *instance,
                              const struct criterion *criterion)
{
    if (criterion->kind == CRITERION_ANY) {
        return true;
    }
    if (criterion->kind != CRITERION_EQUALS && criterion->kind != CRITERION_PATTERN) {
        return false;
    }
    uint64_t nul = (uint64_t)criterion->offset + criterion->length;
    return criterion->length <= CONTENT_FILE_MAXIMUM_TEXT && nul < instance->size &&
           ((const char *)instance)[nul] == '\0';
}

// How many fields the definitions declare for a template type. 0: there is no such type.
static uint32_t fields_declared(uint32_t type)
{
    switch (type) {
    case TEMPLATE_IPC:
        return SENSOR_FIELDS;
    case TEMPLATE_PROCESS:
        return PROCESS_FIELDS_DECLARED;
    case TEMPLATE_FILE:
        return FILE_FIELDS_DECLARED;
    default:
        return 0;
    }
}

// Of named pipes the sensor is told afterwards, so there it cannot block anything.
static bool action_is_good(const struct instance *instance)
{
    return instance->action == ACTION_REPORT ||
           (instance->action == ACTION_BLOCK && instance->type != TEMPLATE_IPC);
}

// `left` is how many bytes of the file follow from here on.
static uint32_t check_instance(const struct instance *instance, size_t left)
{
    if (left < sizeof(*instance) || instance->size > left || instance->size % 8 != 0 ||
        instance->size <
            sizeof(*instance) + instance->fields * sizeof(struct criterion)) {
        return CONTENT_BAD_INSTANCE;
    }
    uint32_t declared = fields_declared(instance->type);
    if (declared == 0) {
        return CONTENT_UNKNOWN_TEMPLATE;
    }
    if (instance->fields != declared) {
        return CONTENT_FIELD_COUNT;
    }
    if (!action_is_good(instance)) {
        return CONTENT_BAD_ACTION;
    }
    for (uint32_t i = 0; i < instance->fields; i++) {
        if (!criterion_is_good(instance, &instance->criteria[i])) {
            return CONTENT_BAD_CRITERION;
        }
    }
    return CONTENT_ACCEPTED;
}

static uint32_t check_instances(const struct content_header *header)
{
    const uint8_t *at = (const uint8_t *)(header + 1);
    for (uint32_t i = 0; i < header->instances; i++) {
        const struct instance *instance = (const struct instance *)at;
        uint32_t verdict = check_instance(instance, (size_t)(content_end(header) - at));
        if (verdict != CONTENT_ACCEPTED) {
            return verdict;
        }
        at += instance->size;
    }
    return at == content_end(header) ? CONTENT_ACCEPTED : CONTENT_SIZE_MISMATCH;
}

static uint32_t content_check(const struct content_header *header, long size)
{
    if (size < 0) {
        return size == -ERROR_NOT_FOUND ? CONTENT_MISSING : CONTENT_UNREADABLE;
    }
    uint32_t verdict = check_header(header, (size_t)size);
    return verdict == CONTENT_ACCEPTED ? check_instances(header) : verdict;
}

uint32_t content_load(const char *path, struct content *content)
{
    struct content_header *header = plugin_allocate(CONTENT_FILE_MAXIMUM_FILE_SIZE);
    if (header == NULL) {
        return CONTENT_NO_MEMORY;
    }
    long size = plugin_read_file(path, header, CONTENT_FILE_MAXIMUM_FILE_SIZE);
    uint32_t verdict = content_check(header, size);
    if (verdict != CONTENT_ACCEPTED) {
        plugin_free(header);
        return verdict;
    }
    content->header = header;
    return CONTENT_ACCEPTED;
}

void content_free(struct content *content)
{
    plugin_free((void *)content->header);
    content->header = NULL;
}

const struct instance *content_first(const struct content *content)
{
    if (content->header == NULL || content->header->instances == 0) {
        return NULL;
    }
    return (const struct instance *)(content->header + 1);
}

const struct instance *content_next(const struct content *content,
                                    const struct instance *instance)
{
    const uint8_t *next = (const uint8_t *)instance + instance->size;
    return next == content_end(content->header) ? NULL : (const struct instance *)next;
}

#define CONTENT_ROW(verdict, words) [verdict] = (words),

const char *content_words(uint32_t verdict)
{
    static const char *const texts[] = {CONTENT_STATUS_TABLE(CONTENT_ROW)};
    return verdict < sizeof(texts) / sizeof(texts[0]) ? texts[verdict] : "unknown";
}
