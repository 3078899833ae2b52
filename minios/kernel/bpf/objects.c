// Loaded eBPF objects (see objects.h).
//
//   1. copy the image, and check that each of its parts lies inside it
//   2. make its maps
//   3. verify each program (verifier.c)
//   4. replace the numbers of maps in `lddw` by addresses: only now, because the verifier
//      wants to know which map it is
//   5. subscribe each program to the security event of its hook (hooks.c)
//
// If a step fails, what the steps before it have made is taken back, and nothing is
// loaded.
#include "bpf/objects.h"

#include "base/irql.h"
#include "bpf/hooks.h"
#include "bpf/instruction.h"
#include "bpf/interpreter.h"
#include "bpf/map.h"
#include "bpf/ring.h"
#include "bpf/verifier.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "library/crc32.h"
#include "library/text.h"
#include "memory/heap.h"
#include "memory/peek.h"
#include "tasks/thread.h"

static struct bpf_object *objects[BPF_OBJECTS_LIMIT];  // guarded by `changing`
static struct mutex changing;

// The latest refusal. The kernel itself never looks at it again: it is here for a debugger,
// and for a lab that explains the refusal.
#define REFUSAL_BYTES 4096

static struct refusal {
    char name[NAME_SIZE];     // of the object; "" while nothing was refused
    char log[REFUSAL_BYTES];  // its end, if there is no room for all of it
} refusal;

// ---- The image. Nothing in it is trusted.

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

static bool is_printable(const char name[NAME_SIZE])
{
    size_t length = 0;
    while (length < NAME_SIZE && name[length] > ' ' && name[length] < 0x7f) {
        length++;
    }
    return length > 0 && length < NAME_SIZE && name[length] == '\0';
}

static bool header_is_good(const struct bpf_image *image, size_t size)
{
    return size >= sizeof(*image) && size <= BPF_IMAGE_BYTES &&
           image->magic == BPF_IMAGE_MAGIC && image->version == BPF_IMAGE_VERSION &&
           image->size == size && image->program_count > 0 &&
           image->program_count <= BPF_PROGRAMS_LIMIT &&
           image->map_count <= BPF_MAPS_LIMIT &&
           crc32(image + 1, size - sizeof(*image)) == image->checksum;
}

static bool programs_are_good(const struct bpf_image *image,
                              const struct bpf_image_program *rows)
{
    for (uint32_t i = 0; i < image->program_count; i++) {
        const struct bpf_image_program *row = &rows[i];
        if (!is_printable(row->name) || !bpf_hook_exists(row->hook) ||
            row->count == 0 || row->count > BPF_INSTRUCTIONS_LIMIT ||
            row->first > image->instruction_count ||
            row->count > image->instruction_count - row->first) {
            return false;
        }
    }
    return true;
}

static bool maps_are_good(const struct bpf_image *image,
                          const struct bpf_image_map *rows)
{
    for (uint32_t i = 0; i < image->map_count; i++) {
        if (!is_printable(rows[i].name) || rows[i].data > image->data_bytes ||
            rows[i].data_size > image->data_bytes - rows[i].data) {
            return false;
        }
    }
    return true;
}

static bool lines_are_good(const struct bpf_image *image,
                           const struct bpf_image_line *lines, const char *texts)
{
    if (image->text_bytes > 0 && texts[image->text_bytes - 1] != '\0') {
        return false;
    }
    for (uint32_t i = 0; i < image->line_count; i++) {
        if (lines[i].file >= image->text_bytes ||
            (i > 0 && lines[i].instruction < lines[i - 1].instruction)) {
            return false;
        }
    }
    return true;
}

// Fills in an object from its own copy of the image. False: the image is damaged.
static bool open_image(struct bpf_object *object, size_t size,
                       const struct bpf_image_map **maps, const uint8_t **data)
{
    const struct bpf_image *image = (const void *)object->image;
    if (!header_is_good(image, size)) {
        return false;
    }
    size_t at = sizeof(*image);
    const struct bpf_image_program *programs =
        take(image, &at, image->program_count, sizeof(*programs));
    *maps = take(image, &at, image->map_count, sizeof(**maps));
    const struct bpf_instruction *code =
        take(image, &at, image->instruction_count, sizeof(*code));
    object->lines = take(image, &at, image->line_count, sizeof(*object->lines));
    *data = take(image, &at, image->data_bytes, 1);
    object->texts = take(image, &at, image->text_bytes, 1);
    if (programs == NULL || *maps == NULL || code == NULL || object->lines == NULL ||
        *data == NULL || object->texts == NULL || at != size ||
        !programs_are_good(image, programs) || !maps_are_good(image, *maps) ||
        !lines_are_good(image, object->lines, object->texts)) {
        return false;
    }
    object->program_count = image->program_count;
    object->map_count = image->map_count;
    object->line_count = image->line_count;
    for (uint32_t i = 0; i < image->program_count; i++) {
        struct bpf_program *program = &object->programs[i];
        program->object = object;
        program->hook = programs[i].hook;
        program->first = programs[i].first;
        program->count = programs[i].count;
        program->code = code + programs[i].first;
        text_copy(program->name, sizeof(program->name), programs[i].name);
    }
    return true;
}

void bpf_source_line(const struct bpf_program *program, uint32_t at, char *text,
                     size_t size)
{
    const struct bpf_object *object = program->object;
    const struct bpf_image_line *found = NULL;
    for (uint32_t i = 0; i < object->line_count; i++) {
        if (object->lines[i].instruction <= program->first + at) {
            found = &object->lines[i];
        }
    }
    if (found == NULL) {
        text_copy(text, size, "");
    } else {
        text_format(text, size, "%s:%u", object->texts + found->file, found->line);
    }
}

// ---- From an image to an object, and back.

static void destroy(struct bpf_object *object)
{
    for (uint32_t i = 0; i < object->map_count; i++) {
        bpf_map_destroy(object->maps[i]);
    }
    heap_free(object->image);
    heap_free(object);
}

static long make_maps(struct bpf_object *object, const struct bpf_image_map *rows,
                      const uint8_t *data, struct bpf_log *log)
{
    for (uint32_t i = 0; i < object->map_count; i++) {
        long error = bpf_map_create(&rows[i], data + rows[i].data, &object->maps[i]);
        if (error < 0) {
            const char *trouble = bpf_map_trouble(&rows[i]);
            bpf_log(log, "map %s: %s", rows[i].name,
                    trouble == NULL ? "there is not enough memory" : trouble);
            return error;
        }
    }
    return 0;
}

static long verify_all(struct bpf_object *object, struct bpf_log *log, uint64_t *visits)
{
    for (uint32_t i = 0; i < object->program_count; i++) {
        long error = bpf_verify(&object->programs[i], log);
        *visits += object->programs[i].visits;
        if (error < 0) {
            return error;
        }
    }
    return 0;
}

// The numbers of maps become addresses. The verifier has compared them with map_count; for
// a program that nobody has verified it is done here.
static void link(struct bpf_object *object, struct bpf_program *program)
{
    // The copy of the image is the kernel's own: until now nobody needed to write to it.
    struct bpf_instruction *code = (struct bpf_instruction *)program->code;
    for (uint32_t i = 0; i + 1 < program->count; i++) {
        if (code[i].opcode != BPF_LDDW) {
            continue;
        }
        unsigned what = bpf_source_register(&code[i]);
        if (what != 0 && code[i].immediate < object->map_count) {
            struct bpf_map *map = object->maps[code[i].immediate];
            uint64_t value = (uint64_t)map;
            if (what == BPF_PSEUDO_VALUE) {
                value = (uint64_t)bpf_map_data(map) + code[i + 1].immediate;
            }
            code[i].immediate = (uint32_t)value;
            code[i + 1].immediate = (uint32_t)(value >> 32);
        }
        i++;
    }
}

static long build(const void *bytes, size_t size, struct bpf_log *log,
                  struct bpf_object **result)
{
    if (size > BPF_IMAGE_BYTES) {
        bpf_log(log, "the image has more than %u bytes", BPF_IMAGE_BYTES);
        return -ERROR_BAD_IMAGE;
    }
    struct bpf_object *object = heap_allocate(sizeof(*object));
    uint8_t *image = heap_allocate(size);
    if (object == NULL || image == NULL) {
        heap_free(object);
        heap_free(image);
        bpf_log(log, "there is not enough memory");
        return -ERROR_NO_MEMORY;
    }
    memcpy(image, bytes, size);
    object->image = image;
    const struct bpf_image_map *maps;
    const uint8_t *data;
    long error = -ERROR_BAD_IMAGE;
    if (!open_image(object, size, &maps, &data)) {
        object->map_count = 0;
        bpf_log(log, "this is no image of eBPF programs, or it is damaged");
    } else {
        error = make_maps(object, maps, data, log);
    }
    if (error < 0) {
        destroy(object);
        return error;
    }
    *result = object;
    return 0;
}

// ---- The list of objects.

static struct bpf_object **place_of(const char *name)
{
    for (unsigned i = 0; i < BPF_OBJECTS_LIMIT; i++) {
        if (objects[i] != NULL && text_equal(objects[i]->name, name)) {
            return &objects[i];
        }
    }
    return NULL;
}

static struct bpf_object **free_place(void)
{
    for (unsigned i = 0; i < BPF_OBJECTS_LIMIT; i++) {
        if (objects[i] == NULL) {
            return &objects[i];
        }
    }
    return NULL;
}

// Builds, verifies and attaches an object. With BPF_LOAD_CHECK_ONLY nothing is kept.
static long make(const char *name, const void *image, size_t size, uint32_t flags,
                 uint32_t slot, struct bpf_log *log, uint64_t *visits)
{
    struct bpf_object *object;
    long error = build(image, size, log, &object);
    if (error < 0) {
        return error;
    }
    text_copy(object->name, sizeof(object->name), name);
    error = verify_all(object, log, visits);
    if (error < 0 || flags & BPF_LOAD_CHECK_ONLY) {
        destroy(object);
        return error;
    }
    for (uint32_t i = 0; i < object->program_count; i++) {
        link(object, &object->programs[i]);
    }
    error = bpf_hooks_attach(object, slot, log);
    if (error < 0) {
        destroy(object);
        return error;
    }
    objects[slot] = object;
    return 0;
}

static long load(const char *name, const void *image, size_t size, uint32_t flags,
                 struct bpf_log *log, uint64_t *visits)
{
    if (!is_printable(name)) {
        bpf_log(log, "the name of an object has 1 to 31 letters, digits and signs");
        return -ERROR_BAD_ARGUMENT;
    }
    if (place_of(name) != NULL) {
        bpf_log(log, "there is an object of this name already");
        return -ERROR_EXISTS;
    }
    struct bpf_object **place = free_place();
    if (place == NULL) {
        bpf_log(log, "there are %u objects already", BPF_OBJECTS_LIMIT);
        return -ERROR_NO_MEMORY;
    }
    return make(name, image, size, flags, (uint32_t)(place - objects), log, visits);
}

// Says on the console, and to the lab, what has become of a request to load something.
static void tell(const char *name, long error, uint64_t visits,
                 const struct bpf_log *log)
{
    struct record record = {.kind = RECORD_BPF_LOADED};
    if (error < 0) {
        record.kind = RECORD_BPF_REFUSED;
        record.bpf_refused.error = (uint64_t)-error;
        const char *colon = log->where[0] == '\0' ? "" : ": ";
        text_format(record.text, sizeof(record.text), "%s%s%s", log->where, colon,
                    log->last);
        console_log("bpf: %s is not loaded: %s%s%s", name, log->where, colon,
                    log->last);
    } else {
        const struct bpf_object *object = *place_of(name);
        record.bpf_loaded.programs = object->program_count;
        record.bpf_loaded.visits = visits;
        console_log("bpf: %s is loaded (programs: %u, maps: %u)", name,
                    object->program_count, object->map_count);
    }
    text_copy(record.name, sizeof(record.name), name);
    beacon_report(&record);
}

// Loads with a log that is kept if the object is refused. `log` may have no room: nobody
// in ring 3 wants to read it then.
static long load_and_keep(const char *name, const void *image, size_t size,
                          struct bpf_log *log, uint64_t *visits)
{
    struct bpf_log own = {.text = refusal.log, .size = sizeof(refusal.log)};
    struct bpf_log *used = log->size == 0 ? &own : log;
    refusal.name[0] = '\0';
    long error = load(name, image, size, 0, used, visits);
    if (error < 0) {
        text_copy(refusal.name, sizeof(refusal.name), name);
        if (used == log) {
            size_t end = log->used < REFUSAL_BYTES ? 0 : log->used + 1 - REFUSAL_BYTES;
            text_copy(refusal.log, sizeof(refusal.log), log->text + end);
        }
    }
    tell(name, error, *visits, used);
    return error;
}

long bpf_object_load(const char *name, const void *image, size_t size, uint32_t flags,
                     struct bpf_log *log, uint64_t *visits)
{
    bool is_kept = !(flags & BPF_LOAD_CHECK_ONLY) && is_printable(name);
    *visits = 0;
    mutex_lock(&changing);
    long error = is_kept ? load_and_keep(name, image, size, log, visits)
                         : load(name, image, size, flags, log, visits);
    mutex_unlock(&changing);
    return error;
}

long bpf_object_remove(const char *name)
{
    mutex_lock(&changing);
    struct bpf_object **place = place_of(name);
    long error = place == NULL ? -ERROR_NOT_FOUND : bpf_hooks_detach(*place);
    if (error == 0) {
        struct bpf_object *object = *place;
        *place = NULL;
        destroy(object);
        console_log("bpf: %s is removed", name);
    }
    mutex_unlock(&changing);
    return error;
}

// Calls a program of the hook `test`, and says how it ended.
static long call_test(struct bpf_program *program, void *memory,
                      struct bpf_request *request, struct bpf_log *log)
{
    struct bpf_run run = {
        .program = program,
        .r1 = (uint64_t)memory,
        .r2 = request->memory_size,
        .is_checked = request->flags & BPF_LOAD_UNVERIFIED,
        .memory = memory,
        .memory_size = request->memory_size,
    };
    enum irql old = irql_raise(IRQL_DISPATCH);
    bpf_interpret(&run);
    irql_lower(old);
    request->result = run.result;
    request->steps = run.steps;
    if (run.end == BPF_END_EXIT) {
        return 0;
    }
    bpf_log(log, "instruction %u: %s", run.at, bpf_end_words(run.end));
    return -ERROR_UNSAFE;
}

long bpf_object_run(const void *image, size_t size, void *memory,
                    struct bpf_request *request, struct bpf_log *log)
{
    struct bpf_object *object;
    long error = build(image, size, log, &object);
    if (error < 0) {
        return error;
    }
    struct bpf_program *program = &object->programs[0];
    program->memory_size = (uint32_t)request->memory_size;
    if (object->program_count != 1 || program->hook != BPF_HOOK_TEST) {
        // A program of another hook believes that R1 is an event.
        bpf_log(log, "only one program, of the hook `test`, can be run by itself");
        error = -ERROR_BAD_ARGUMENT;
    } else if (!(request->flags & BPF_LOAD_UNVERIFIED)) {
        error = bpf_verify(program, log);
    }
    request->visits = (uint32_t)program->visits;
    if (error == 0) {
        link(object, program);
        error = call_test(program, memory, request, log);
    }
    destroy(object);
    return error;
}

// Reads what was counted, without a fault where there is no page for it.
static void read_statistics(const struct bpf_object *object, uint32_t index,
                            struct bpf_entry *entry)
{
    struct bpf_statistics statistics = {0};
    (void)peek_read((uint64_t)&object->statistics[index], &statistics,
                    sizeof(statistics));
    entry->runs = statistics.runs;
    entry->steps = statistics.steps;
    entry->denied = statistics.denied;
}

bool bpf_program_query(uint32_t index, struct bpf_entry *entry)
{
    bool found = false;
    mutex_lock(&changing);
    for (unsigned i = 0; i < BPF_OBJECTS_LIMIT && !found; i++) {
        const struct bpf_object *object = objects[i];
        uint32_t count = object == NULL ? 0 : object->program_count;
        if (index >= count) {
            index -= count;
            continue;
        }
        const struct bpf_program *program = &object->programs[index];
        *entry = (struct bpf_entry){
            .hook = program->hook,
            .instructions = program->count,
            .visits = program->visits,
        };
        read_statistics(object, index, entry);
        text_copy(entry->object, sizeof(entry->object), object->name);
        text_copy(entry->name, sizeof(entry->name), program->name);
        found = true;
    }
    mutex_unlock(&changing);
    return found;
}

// ---- Maps of loaded objects.

// The index-th map of all loaded objects, or NULL.
static struct bpf_map *map_at(uint32_t index, const struct bpf_object **owner)
{
    for (unsigned i = 0; i < BPF_OBJECTS_LIMIT; i++) {
        uint32_t count = objects[i] == NULL ? 0 : objects[i]->map_count;
        if (index < count) {
            *owner = objects[i];
            return objects[i]->maps[index];
        }
        index -= count;
    }
    return NULL;
}

bool bpf_map_query(uint32_t index, struct bpf_map_entry *entry)
{
    const struct bpf_object *object;
    mutex_lock(&changing);
    const struct bpf_map *map = map_at(index, &object);
    if (map != NULL) {
        enum irql old = irql_raise(IRQL_DISPATCH);
        *entry = (struct bpf_map_entry){
            .kind = map->kind,
            .key_size = map->key_size,
            .value_size = map->value_size,
            .entries = map->entries,
            .flags = map->flags,
            .in_use = map->in_use,
        };
        if (map->kind == BPF_MAP_RING) {
            bpf_ring_query(map->storage, entry);
        }
        irql_lower(old);
        text_copy(entry->object, sizeof(entry->object), object->name);
        text_copy(entry->name, sizeof(entry->name), map->name);
    }
    mutex_unlock(&changing);
    return map != NULL;
}

long bpf_maps_use(const char *object, const char *map, bpf_map_use *use, void *argument)
{
    long result = -ERROR_NOT_FOUND;
    const struct bpf_object *owner;
    struct bpf_map *found;
    mutex_lock(&changing);
    for (uint32_t i = 0;
         result == -ERROR_NOT_FOUND && (found = map_at(i, &owner)) != NULL; i++) {
        if ((object == NULL || text_equal(owner->name, object)) &&
            (map == NULL || text_equal(found->name, map))) {
            enum irql old = irql_raise(IRQL_DISPATCH);
            result = use(owner, found, argument);
            irql_lower(old);
        }
    }
    mutex_unlock(&changing);
    return result;
}
