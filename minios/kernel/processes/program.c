// Programs: from an ELF file to pages that ring 3 can use (see program.h).
//
// The file is not trusted, because anybody who can write to the disk can change it.
// Every offset in it must lie inside the file: otherwise the kernel would read its own
// memory after the end of the file, and give it to the program. Every address must lie
// in the user half: otherwise the file could be mapped over the kernel. A segment that
// asks to be writable and executable at once is refused.
#include "processes/program.h"

#include "base/direct_map.h"
#include "disk/files.h"
#include "library/elf.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/approvals.h"
#include "plugins/limits.h"

#define SEGMENT_LIMIT 8

struct image {
    const uint8_t *bytes;
    uint64_t size;
};

static bool header_is_good(const struct image *image)
{
    const struct elf_header *header = (const void *)image->bytes;
    return image->size >= sizeof(*header) && header->magic == ELF_MAGIC &&
           header->class == ELF_CLASS_64 && header->type == ELF_TYPE_EXECUTABLE &&
           header->machine == ELF_MACHINE_X86_64 &&
           header->program_header_size == sizeof(struct elf_segment) &&
           header->program_header_count <= SEGMENT_LIMIT &&
           elf_inside(header->program_headers,
                      header->program_header_count * sizeof(struct elf_segment),
                      image->size) &&
           header->entry < USER_TOP;
}

static bool segment_is_good(const struct image *image,
                            const struct elf_segment *segment)
{
    uint32_t both = ELF_SEGMENT_WRITE | ELF_SEGMENT_EXECUTE;
    return elf_inside(segment->offset, segment->file_size, image->size) &&
           segment->file_size <= segment->memory_size &&
           segment->address >= PAGE_SIZE &&
           elf_inside(segment->address, segment->memory_size, USER_TOP) &&
           segment->memory_size <= RAM_BYTES && (segment->flags & both) != both;
}

static enum page_rights segment_rights(const struct elf_segment *segment)
{
    if (segment->flags & ELF_SEGMENT_EXECUTE) {
        return PAGE_USER_EXECUTE;
    }
    return segment->flags & ELF_SEGMENT_WRITE ? PAGE_USER_READ_WRITE : PAGE_USER_READ;
}

// Fills one page: copies the part of the segment that belongs there, and clears the
// rest, which may hold data of another process.
static void fill_page(const struct image *image, const struct elf_segment *segment,
                      uint64_t page, uint8_t *memory)
{
    uint64_t start = segment->address > page ? segment->address : page;
    uint64_t file_end = segment->address + segment->file_size;
    uint64_t end = file_end < page + PAGE_SIZE ? file_end : page + PAGE_SIZE;
    if (start >= end) {
        memset(memory, 0, PAGE_SIZE);
        return;
    }
    memset(memory, 0, start - page);
    memcpy(memory + (start - page),
           image->bytes + segment->offset + (start - segment->address), end - start);
    memset(memory + (end - page), 0, page + PAGE_SIZE - end);
}

static long map_segment(const struct image *image, const struct elf_segment *segment,
                        uint64_t page_table, struct program *program)
{
    uint64_t first = segment->address & ~(uint64_t)(PAGE_SIZE - 1);
    for (uint64_t page = first; page < segment->address + segment->memory_size;
         page += PAGE_SIZE) {
        if (page_table_entry(page_table, page) & PTE_PRESENT) {
            return -ERROR_BAD_IMAGE;  // two segments on one page would mix their rights
        }
        uint32_t tables = (uint32_t)page_table_missing(page_table, page);
        bool may = program->pages + program->tables + tables < PROCESS_PAGES_LIMIT;
        uint64_t frame = may ? frames_allocate_uncleared() : FRAME_NONE;
        if (frame == FRAME_NONE) {
            return -ERROR_NO_MEMORY;
        }
        fill_page(image, segment, page, physical_pointer(frame));
        if (!page_table_map(page_table, page, frame, segment_rights(segment))) {
            frames_free(frame);
            return -ERROR_NO_MEMORY;
        }
        program->pages++;
        program->tables += tables;
    }
    return 0;
}

static void read_note(const struct image *image, const struct elf_segment *segment,
                      struct program *program)
{
    struct plugin_manifest manifest;
    if (segment->file_size < sizeof(manifest) ||
        !elf_inside(segment->offset, sizeof(manifest), image->size)) {
        return;
    }
    memcpy(&manifest, image->bytes + segment->offset, sizeof(manifest));
    if (limits_is_manifest(&manifest)) {
        program->has_manifest = true;
        program->manifest = manifest;  // program_load refuses a file with two of them
    }
}

static long map_image(const struct image *image, uint64_t page_table,
                      struct program *program)
{
    if (!header_is_good(image)) {
        return -ERROR_BAD_IMAGE;
    }
    const struct elf_header *header = (const void *)image->bytes;
    const struct elf_segment *segments =
        (const void *)(image->bytes + header->program_headers);
    for (unsigned i = 0; i < header->program_header_count; i++) {
        if (segments[i].type == ELF_SEGMENT_NOTE) {
            read_note(image, &segments[i], program);
        }
        if (segments[i].type != ELF_SEGMENT_LOAD || segments[i].memory_size == 0) {
            continue;
        }
        long error = -ERROR_BAD_IMAGE;
        if (segment_is_good(image, &segments[i])) {
            error = map_segment(image, &segments[i], page_table, program);
        }
        if (error < 0) {
            return error;
        }
    }
    program->entry = header->entry;
    return 0;
}

long program_load(const char *path, uint64_t page_table, struct program *program)
{
    void *bytes;
    long size = files_read_whole(path, &bytes);
    if (size < 0) {
        return size;
    }
    struct image image = {bytes, (uint64_t)size};
    long error = map_image(&image, page_table, program);
    if (error == 0 && program->has_manifest) {
        error = limits_agree(&program->manifest, bytes, (size_t)size)
                    ? approvals_check(3, path, bytes, (size_t)size)
                    : -ERROR_BAD_IMAGE;
    }
    heap_free(bytes);
    return error;
}

// ---- The manifest alone, from a few bytes of the file.

static bool read_part(struct open_file *file, uint64_t offset, void *part, size_t size)
{
    return offset <= UINT32_MAX &&
           files_read(file, (uint32_t)offset, part, size) == (long)size;
}

static bool find_manifest(struct open_file *file, struct plugin_manifest *manifest)
{
    struct elf_header header;
    struct elf_segment segment;
    struct plugin_manifest found;
    unsigned count = 0;
    if (!read_part(file, 0, &header, sizeof(header)) || header.magic != ELF_MAGIC ||
        header.program_header_count > SEGMENT_LIMIT) {
        return false;
    }
    for (unsigned i = 0; i < header.program_header_count; i++) {
        uint64_t at = header.program_headers + i * sizeof(segment);
        if (read_part(file, at, &segment, sizeof(segment)) &&
            segment.type == ELF_SEGMENT_NOTE &&
            read_part(file, segment.offset, &found, sizeof(found)) &&
            limits_is_manifest(&found)) {
            *manifest = found;
            count++;
        }
    }
    return count == 1;
}

long program_manifest(const char *path, struct plugin_manifest *manifest)
{
    struct open_file *file;
    long error = files_open(path, OPEN_READ, &file);
    if (error < 0) {
        return error;
    }
    bool found = find_manifest(file, manifest);
    error = files_close(file, OPEN_READ, NULL);
    return error == 0 && !found ? -ERROR_BAD_IMAGE : error;
}
