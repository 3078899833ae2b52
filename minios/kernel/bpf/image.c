// Checks of an image (see image.h). objects.c calls it before anything else is looked at.
//
// Nothing in an image is trusted. Its names and texts reach the console, the kernel's log
// and the records. So a character that moves the cursor, or begins a line, is refused: such
// a line could look like one of the kernel's own.
#include "bpf/image.h"

#include "bpf/hooks.h"
#include "library/crc32.h"
#include "library/text.h"

static bool is_printable(char c)
{
    return c >= ' ' && c < 0x7f;
}

bool bpf_is_name(const char name[NAME_SIZE])
{
    size_t length = 0;
    while (length < NAME_SIZE && is_printable(name[length]) && name[length] != ' ') {
        length++;
    }
    return length > 0 && length < NAME_SIZE && name[length] == '\0';
}

static const char *trouble_of_header(const struct bpf_image *image, size_t size)
{
    if (size < sizeof(*image) || image->magic != BPF_IMAGE_MAGIC) {
        return "this is no image of eBPF programs";
    }
    if (image->version != BPF_IMAGE_VERSION) {
        return "the image has a version that this kernel does not know";
    }
    if (image->size != size) {
        return "the image has another size than its header says: was it cut short?";
    }
    if (crc32(image + 1, size - sizeof(*image)) != image->checksum) {
        return "the image is damaged: its checksum is wrong";
    }
    if (image->program_count == 0 || image->program_count > BPF_PROGRAMS_LIMIT) {
        return "an object has 1 to 16 programs";
    }
    return image->map_count > BPF_MAPS_LIMIT ? "an object has at most 16 maps" : NULL;
}

// A part of the image that follows another. NULL if it does not fit.
static const void *take(const struct bpf_image *image, size_t *at, size_t count,
                        size_t size)
{
    const uint8_t *start = (const uint8_t *)image + *at;
    if (count > (image->size - *at) / size) {
        return NULL;
    }
    *at += count * size;
    return start;
}

// Finds the parts, one behind the other. False: they do not fill the image exactly.
static bool find_parts(struct bpf_image_parts *parts)
{
    const struct bpf_image *image = parts->header;
    size_t at = sizeof(*image);
    parts->programs = take(image, &at, image->program_count, sizeof(*parts->programs));
    parts->maps = take(image, &at, image->map_count, sizeof(*parts->maps));
    parts->code = take(image, &at, image->instruction_count, sizeof(uint64_t));
    parts->lines = take(image, &at, image->line_count, sizeof(*parts->lines));
    parts->data = take(image, &at, image->data_bytes, 1);
    parts->texts = take(image, &at, image->text_bytes, 1);
    return parts->programs != NULL && parts->maps != NULL && parts->code != NULL &&
           parts->lines != NULL && parts->data != NULL && parts->texts != NULL &&
           at == image->size && image->data_bytes % 8 == 0 &&
           image->text_bytes % 8 == 0;
}

static const char *trouble_of_programs(const struct bpf_image_parts *parts)
{
    const struct bpf_image *image = parts->header;
    for (uint32_t i = 0; i < image->program_count; i++) {
        const struct bpf_image_program *row = &parts->programs[i];
        if (!bpf_is_name(row->name)) {
            return "the name of a program is empty, or cannot be printed";
        }
        for (uint32_t other = 0; other < i; other++) {
            if (text_equal(row->name, parts->programs[other].name)) {
                return "two programs have the same name";
            }
        }
        if (!bpf_hook_exists(row->hook)) {
            return "a program is for a hook that does not exist";
        }
        if (row->count == 0 || row->count > BPF_INSTRUCTIONS_LIMIT) {
            return "a program has 1 to 16384 instructions";
        }
        if (row->first > image->instruction_count ||
            row->count > image->instruction_count - row->first) {
            return "a program has instructions outside of the image";
        }
        if (row->reserved != 0) {
            return "a field of a program that has no meaning yet must be 0";
        }
    }
    return NULL;
}

static const char *trouble_of_maps(const struct bpf_image_parts *parts)
{
    uint32_t room = parts->header->data_bytes;
    for (uint32_t i = 0; i < parts->header->map_count; i++) {
        const struct bpf_image_map *row = &parts->maps[i];
        if (!bpf_is_name(row->name)) {
            return "the name of a map is empty, or cannot be printed";
        }
        for (uint32_t other = 0; other < i; other++) {
            if (text_equal(row->name, parts->maps[other].name)) {
                return "two maps have the same name";
            }
        }
        if (row->data > room || row->data_size > room - row->data) {
            return "a data section has bytes outside of the image";
        }
        if (row->reserved != 0) {
            return "a field of a map that has no meaning yet must be 0";
        }
    }
    return NULL;
}

static const char *trouble_of_lines(const struct bpf_image_parts *parts)
{
    const struct bpf_image *image = parts->header;
    for (uint32_t i = 0; i < image->text_bytes; i++) {
        if (parts->texts[i] != '\0' && !is_printable(parts->texts[i])) {
            return "the name of a source file cannot be printed";
        }
    }
    if (image->text_bytes > 0 && parts->texts[image->text_bytes - 1] != '\0') {
        return "the name of a source file does not end";
    }
    for (uint32_t i = 0; i < image->line_count; i++) {
        const struct bpf_image_line *row = &parts->lines[i];
        if (row->file >= image->text_bytes) {
            return "a line of source is in a file without a name";
        }
        if (i > 0 && row->instruction < parts->lines[i - 1].instruction) {
            return "the lines of source are not in the order of the instructions";
        }
        if (row->reserved != 0) {
            return "a field of a line that has no meaning yet must be 0";
        }
    }
    return NULL;
}

const char *bpf_image_trouble(const void *bytes, size_t size,
                              struct bpf_image_parts *parts)
{
    const char *trouble = trouble_of_header(bytes, size);
    if (trouble != NULL) {
        return trouble;
    }
    parts->header = bytes;
    if (!find_parts(parts)) {
        return "the parts of the image do not fill it as its header says";
    }
    trouble = trouble_of_programs(parts);
    trouble = trouble == NULL ? trouble_of_maps(parts) : trouble;
    return trouble == NULL ? trouble_of_lines(parts) : trouble;
}
