// The content file: it says what the sensor looks for. It is data and not code, so the
// vendor can send a new one without a new sensor. The format is in
// minios/abi/content.py.
#ifndef SENTINEL_CONTENT_H
#define SENTINEL_CONTENT_H

#include <minios/plugin.h>

struct content_header {
    uint32_t magic;
    uint16_t format_version;
    uint16_t channel;
    uint32_t version;
    uint32_t instances;
    uint32_t size;      // of the whole file
    uint32_t checksum;  // CRC-32 of everything after this header
    uint64_t reserved;
};

// One criterion: what the value of one field must be. A wildcard (CRITERION_ANY) allows
// any.
struct criterion {
    uint8_t kind;  // CRITERION_
    uint8_t reserved;
    uint16_t length;  // of the text, without its NUL
    uint32_t offset;  // of the text in the instance
};

// One template instance: one criterion for each field of its type. An event is a
// detection if all of them match. The action may be to block what is asked about.
struct instance {
    uint32_t size;  // with criteria and texts
    uint16_t type;
    uint16_t fields;
    uint64_t detection_id;
    uint32_t action;  // ACTION_
    uint32_t reserved;
    struct criterion criteria[];
};

_Static_assert(sizeof(struct content_header) == CONTENT_FILE_HEADER_SIZE, "header");
_Static_assert(sizeof(struct criterion) == CONTENT_FILE_CRITERION_SIZE, "criterion");
_Static_assert(sizeof(struct instance) == CONTENT_FILE_INSTANCE_HEADER_SIZE,
               "instance");

// A content file in memory, after content_load has accepted it.
struct content {
    const struct content_header *header;  // NULL = there is none
};

// Reads and checks a file. Returns the verdict, a CONTENT_ value. Only for
// CONTENT_ACCEPTED it fills in `content`, and the caller must call content_free later.
[[gnu::warn_unused_result]] uint32_t content_load(const char *path,
                                                  struct content *content);

void content_free(struct content *content);

// The first instance, and the one after another. NULL after the last.
const struct instance *content_first(const struct content *content);
const struct instance *content_next(const struct content *content,
                                    const struct instance *instance);

// A verdict in words.
const char *content_words(uint32_t verdict);

#endif
