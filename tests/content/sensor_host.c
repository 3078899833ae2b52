// The sensor's own C, built for the host, so that a test can ask it about any bytes.
// Stands in for the kernel: memory from a static block, and one "file".
#include "content.h"
#include "interpreter.h"

static _Alignas(16) uint8_t block[CONTENT_FILE_MAXIMUM_FILE_SIZE];
static const uint8_t *file;
static long file_size;

void *plugin_allocate(size_t size)
{
    return size <= sizeof(block) ? block : NULL;
}

void plugin_free(void *freed)
{
    (void)freed;
}

long plugin_read_file(const char *path, void *buffer, size_t capacity)
{
    (void)path;
    uint8_t *bytes = buffer;
    for (size_t i = 0; i < capacity && i < (size_t)file_size; i++) {
        bytes[i] = file[i];
    }
    return file_size;
}

uint32_t host_check(const uint8_t *data, long size)
{
    struct content content = {0};
    file = data;
    file_size = size;
    return content_load("", &content);
}

// The detection id of the first instance that the inputs match, of the file that
// host_check accepted last; 0 if none does.
uint64_t host_match(const struct input *inputs)
{
    struct content content = {.header = (const struct content_header *)block};
    struct evaluation evaluation = {0};
    for (int i = 0; i < CONTENT_FILE_IPC_INPUTS_SUPPLIED; i++) {
        evaluation.inputs[i] = &inputs[i];
    }
    const struct instance *instance = content_first(&content);
    while (instance != NULL) {
        if (interpreter_matches(evaluation.inputs, instance)) {
            return instance->detection_id;
        }
        instance = content_next(&content, instance);
    }
    return 0;
}
