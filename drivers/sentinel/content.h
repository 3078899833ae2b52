// The content file: what to look for. Format: minios/abi/content.py.
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
    uint32_t checksum;  // CRC-32 of everything behind this header
    uint64_t reserved;
};

struct criterion {
    uint8_t kind;  // CRITERION_
    uint8_t reserved;
    uint16_t length;  // of the text, without its NUL
    uint32_t offset;  // of the text in the instance
};

// One template instance: criteria for the fields of its type, all of which must match.
struct instance {
    uint32_t size;  // with criteria and texts
    uint16_t type;
    uint16_t fields;
    uint64_t detection_id;
    uint32_t action;
    uint32_t reserved;
    struct criterion criteria[];
};

_Static_assert(sizeof(struct content_header) == CONTENT_FILE_HEADER_SIZE, "header");
_Static_assert(sizeof(struct criterion) == CONTENT_FILE_CRITERION_SIZE, "criterion");
_Static_assert(sizeof(struct instance) == CONTENT_FILE_INSTANCE_HEADER_SIZE,
               "instance");

// A content file in memory that content_load has accepted.
struct content {
    const struct content_header *header;  // NULL = there is none
};

// Reads and checks a file. Fills in `content` only if the verdict, a CONTENT_ value, is
// CONTENT_ACCEPTED; then it must be given back with content_free.
[[gnu::warn_unused_result]] uint32_t content_load(const char *path,
                                                  struct content *content);

void content_free(struct content *content);

// The first instance, and the one behind another; NULL behind the last.
const struct instance *content_first(const struct content *content);
const struct instance *content_next(const struct content *content,
                                    const struct instance *instance);

// A verdict in words.
const char *content_words(uint32_t verdict);

#endif
