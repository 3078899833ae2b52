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
#include "bpf/image.h"
#include "bpf/instruction.h"
#include "bpf/interpreter.h"
#include "bpf/map.h"
#include "bpf/ring.h"
#include "bpf/verifier.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "library/text.h"
#include "memory/heap.h"
#include "memory/peek.h"
#include "tasks/thread.h"

static struct bpf_object *objects[BPF_OBJECTS_LIMIT];  // guarded by `changing`
static uint64_t loads;                                 // ... too: how many there were
static struct mutex changing;

// The latest refusal, guarded by `changing`, too. The kernel itself never looks at it
// again: it is here for a debugger, and for a lab that explains the refusal.
static struct refusal {
    char name[NAME_SIZE];          // of the object; "" while nothing was refused
    char log[BPF_LOG_END];         // its end, if there is no room for all of it
    char reason[RECORD_FAR_TEXT];  // where in the source, and why
} refusal;

// ---- From an image to an object, and back.

// Fills in an object from the parts of its own copy of the image.
static void describe(struct bpf_object *object, const struct bpf_image_parts *parts)
{
    object->program_count = parts->header->program_count;
    object->map_count = parts->header->map_count;
    object->line_count = parts->header->line_count;
    object->lines = parts->lines;
    object->texts = parts->texts;
    for (uint32_t i = 0; i < object->program_count; i++) {
        const struct bpf_image_program *row = &parts->programs[i];
        struct bpf_program *program = &object->programs[i];
        program->object = object;
        program->hook = row->hook;
        program->first = row->first;
        program->count = row->count;
        program->code = parts->code + row->first;
        text_copy(program->name, sizeof(program->name), row->name);
    }
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
            code[i].registers &= 0x0f;  // the source: from now on it is a plain number
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
    struct bpf_image_parts parts;
    const char *trouble = bpf_image_trouble(image, size, &parts);
    long error = -ERROR_BAD_IMAGE;
    if (trouble != NULL) {
        bpf_log(log, "%s", trouble);
    } else {
        describe(object, &parts);
        error = make_maps(object, parts.maps, parts.data, log);
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

// Whether an object could get this name now. `*place` is where it would be put.
static long find_room(const char *name, struct bpf_object ***place, struct bpf_log *log)
{
    *place = free_place();
    if (place_of(name) != NULL) {
        bpf_log(log, "there is an object of this name already");
        return -ERROR_EXISTS;
    }
    if (*place == NULL) {
        bpf_log(log, "there are %u objects already", BPF_OBJECTS_LIMIT);
        return -ERROR_NO_MEMORY;
    }
    return 0;
}

static bool has_event(const struct bpf_object *object)
{
    uint32_t i = 0;
    while (i < object->program_count && object->programs[i].hook == BPF_HOOK_TEST) {
        i++;
    }
    return i < object->program_count;
}

// Builds and verifies an object. It belongs to the caller, and is in no list, so nobody
// else has to wait until the verifier has come to an end.
static long make(const void *image, size_t size, bool is_kept, struct bpf_log *log,
                 struct bpf_object **result, uint64_t *visits)
{
    struct bpf_object *object;
    long error = build(image, size, log, &object);
    if (error < 0) {
        return error;
    }
    if (is_kept && !has_event(object)) {
        bpf_log(log, "all of its programs are for the hook `test`, so no event would "
                     "ever call them");
        error = -ERROR_BAD_ARGUMENT;
    } else {
        error = verify_all(object, log, visits);
    }
    if (error < 0) {
        destroy(object);
        return error;
    }
    *result = object;
    return 0;
}

// Puts a verified object into the list, and lets events call it. The name and the place
// are looked for again: somebody else may have taken them meanwhile.
static long put_in(struct bpf_object *object, struct bpf_log *log)
{
    struct bpf_object **place;
    for (uint32_t i = 0; i < object->program_count; i++) {
        link(object, &object->programs[i]);
    }
    mutex_lock(&changing);
    long error = find_room(object->name, &place, log);
    if (error == 0) {
        error = bpf_hooks_attach(object, (uint32_t)(place - objects), log);
    }
    if (error == 0) {
        object->load = ++loads;
        *place = object;
    }
    mutex_unlock(&changing);
    return error;
}

static long check(const void *image, size_t size, struct bpf_log *log, uint64_t *visits)
{
    struct bpf_object *object;
    long error = make(image, size, false, log, &object, visits);
    if (error == 0) {
        destroy(object);
    }
    return error;
}

// Fills in the record that tells of it, and says it on the console.
static long load(const char *name, const void *image, size_t size, struct bpf_log *log,
                 uint64_t *visits, struct record *record)
{
    struct bpf_object **place, *object;
    if (!bpf_is_name(name)) {
        bpf_log(log, "the name of an object has 1 to 31 letters, digits and signs");
        return -ERROR_BAD_ARGUMENT;
    }
    mutex_lock(&changing);
    long error = find_room(name, &place, log);  // before much is done for nothing
    mutex_unlock(&changing);
    if (error == 0) {
        error = make(image, size, true, log, &object, visits);
    }
    if (error < 0) {
        return error;
    }
    text_copy(object->name, sizeof(object->name), name);
    uint32_t programs = object->program_count, maps = object->map_count;
    error = put_in(object, log);
    if (error < 0) {
        destroy(object);
        return error;
    }
    // Not from the object: somebody may have removed it already.
    record->bpf_loaded.programs = programs;
    record->bpf_loaded.visits = *visits;
    console_log("bpf: %s is loaded (programs: %u, maps: %u)", name, programs, maps);
    return 0;
}

// Keeps the refusal, and says on the console and to the lab why it is one. The record
// points to the reason, so nobody may change that until the record was read.
static void tell_refused(const char *name, long error, const struct bpf_log *log)
{
    const char *colon = log->where[0] == '\0' ? "" : ": ";
    struct record record = {.kind = RECORD_BPF_REFUSED};
    text_copy(record.name, sizeof(record.name), name);
    record.bpf_refused.error = (uint64_t)-error;
    record.bpf_refused.reason = (uint64_t)refusal.reason;
    mutex_lock(&changing);
    text_copy(refusal.name, sizeof(refusal.name), name);
    text_copy(refusal.log, sizeof(refusal.log),
              log->end == NULL ? log->last : log->end);
    text_format(refusal.reason, sizeof(refusal.reason), "%s%s%s", log->where, colon,
                log->last);
    console_log("bpf: %s is not loaded: %s", name, refusal.reason);
    beacon_report(&record);
    mutex_unlock(&changing);
}

long bpf_object_load(const char *name, const void *image, size_t size, uint32_t flags,
                     struct bpf_log *log, uint64_t *visits)
{
    *visits = 0;
    if (flags & ~(uint32_t)(BPF_LOAD_CHECK_ONLY | BPF_LOAD_VERBOSE)) {
        bpf_log(log, "bpf_load has no such flag");
        return -ERROR_BAD_ARGUMENT;
    }
    if (flags & BPF_LOAD_CHECK_ONLY) {
        return check(image, size, log, visits);
    }
    struct record record = {.kind = RECORD_BPF_LOADED};
    log->end = heap_allocate(BPF_LOG_END);  // without memory only the last line is kept
    long error = load(name, image, size, log, visits, &record);
    if (error == 0) {
        text_copy(record.name, sizeof(record.name), name);
        beacon_report(&record);
    } else if (bpf_is_name(name)) {
        tell_refused(name, error, log);
    }
    heap_free(log->end);
    log->end = NULL;
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
    if (request->flags & ~(uint32_t)(BPF_LOAD_VERBOSE | BPF_LOAD_UNVERIFIED)) {
        bpf_log(log, "bpf_run has no such flag");
        return -ERROR_BAD_ARGUMENT;
    }
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
            .load = object->load,
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
