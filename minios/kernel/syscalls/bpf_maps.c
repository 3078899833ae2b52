// System calls about the maps and ring buffers of loaded eBPF objects.
//
// A map belongs to its object, and may go with it at any moment. So no handle leads to one:
// every call names the object and the map, and they are looked for again.
//
// Keys and values are copied through memory of the kernel. The copy from or to the program
// comes before or after the use of the map: at IRQL_DISPATCH nothing may touch memory of
// ring 3.
#include "syscalls/dispatch.h"

#include "base/policy.h"
#include "bpf/hooks.h"
#include "bpf/objects.h"
#include "bpf/ring.h"
#include "devices/beacon.h"
#include "events/event_set.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/heap.h"
#include "memory/usercopy.h"
#include "plugins/approvals.h"
#include "plugins/limits.h"
#include "processes/handle.h"

// One request about an entry of a map, with what it needs in the kernel's own memory.
struct entry_request {
    struct bpf_map_request request;
    uint8_t key[BPF_KEY_BYTES];
    uint8_t *value;
};

static long take(struct entry_request *entry, const struct trapframe *frame,
                 bool with_value)
{
    struct bpf_map_request *request = &entry->request;
    long error = copy_from_user(request, user_slice(frame->rdi, sizeof(*request)));
    if (error < 0) {
        return error;
    }
    request->object[NAME_SIZE - 1] = request->map[NAME_SIZE - 1] = '\0';
    if (request->key_size > BPF_KEY_BYTES || request->value_size > BPF_MAP_BYTES) {
        return -ERROR_BAD_ARGUMENT;
    }
    if (request->key != 0) {
        error = copy_from_user(entry->key, user_slice(request->key, request->key_size));
    }
    if (error < 0 || request->value_size == 0) {
        return error;
    }
    entry->value = heap_allocate(request->value_size);
    if (entry->value == NULL) {
        return -ERROR_NO_MEMORY;
    }
    return with_value ? copy_from_user(entry->value,
                                       user_slice(request->value, request->value_size))
                      : 0;
}

// Uses the map that the request names. If the use has filled in the value, it is given to
// the program.
static long serve(const struct trapframe *frame, bpf_map_use *use, bool with_value,
                  bool gives_value)
{
    struct entry_request entry = {0};
    long result = take(&entry, frame, with_value);
    const struct bpf_map_request *request = &entry.request;
    if (result == 0) {
        result = bpf_maps_use(request->object, request->map, use, &entry);
    }
    if (result == 0 && gives_value) {
        result =
            copy_to_user(user_slice(request->value, request->value_size), entry.value);
    }
    heap_free(entry.value);
    return result;
}

static bool sizes_fit(const struct bpf_map *map, const struct bpf_map_request *request)
{
    return map->kind != BPF_MAP_RING && request->key_size == map->key_size &&
           request->value_size == map->value_size;
}

static long look_up(const struct bpf_object *object, struct bpf_map *map,
                    void *argument)
{
    (void)object;
    struct entry_request *entry = argument;
    if (!sizes_fit(map, &entry->request)) {
        return -ERROR_BAD_ARGUMENT;
    }
    const void *value = bpf_map_lookup(map, entry->key);
    if (value == NULL) {
        return -ERROR_NOT_FOUND;
    }
    memcpy(entry->value, value, map->value_size);
    return 0;
}

long syscall_bpf_map_lookup(const struct trapframe *frame)
{
    return serve(frame, look_up, false, true);
}

// A read-only data section is as the verifier has seen it, for ever. Of other maps
// BPF_MAP_READ_ONLY says only that programs may not write to them.
static long update(const struct bpf_object *object, struct bpf_map *map, void *argument)
{
    (void)object;
    struct entry_request *entry = argument;
    if (!sizes_fit(map, &entry->request)) {
        return -ERROR_BAD_ARGUMENT;
    }
    if (map->kind == BPF_MAP_DATA && map->flags & BPF_MAP_READ_ONLY) {
        return -ERROR_READ_ONLY;
    }
    return bpf_map_update(map, entry->key, entry->value, entry->request.flags);
}

long syscall_bpf_map_update(const struct trapframe *frame)
{
    return serve(frame, update, true, false);
}

static long delete (const struct bpf_object *object, struct bpf_map *map,
                    void *argument)
{
    (void)object;
    struct entry_request *entry = argument;
    return entry->request.key_size == map->key_size ? bpf_map_delete(map, entry->key)
                                                    : -ERROR_BAD_ARGUMENT;
}

long syscall_bpf_map_delete(const struct trapframe *frame)
{
    return serve(frame, delete, false, false);
}

static long next(const struct bpf_object *object, struct bpf_map *map, void *argument)
{
    (void)object;
    struct entry_request *entry = argument;
    const struct bpf_map_request *request = &entry->request;
    if (request->key_size != map->key_size || request->value_size != map->key_size) {
        return -ERROR_BAD_ARGUMENT;
    }
    return bpf_map_next(map, request->key == 0 ? NULL : entry->key, entry->value);
}

long syscall_bpf_map_next(const struct trapframe *frame)
{
    return serve(frame, next, false, true);
}

long syscall_bpf_map_list(const struct trapframe *frame)
{
    struct bpf_map_entry entry;
    if (!bpf_map_query((uint32_t)frame->rdi, &entry)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(entry)), &entry);
}

// ---- Ring buffers. A record is about a security event, or may be. So a reader needs what
// a client of the events needs (syscalls/messages.c).

struct attachment {
    struct port *port;
    struct bpf_map_entry entry;  // the ring, as the reader finds it
    struct event_set events;     // that its object gets
};

// Which events the programs of the object get, and so may write into the ring.
static struct event_set events_of(const struct bpf_object *object)
{
    struct event_set set = {0};
    for (uint32_t i = 0; i < object->program_count; i++) {
        uint32_t hook = object->programs[i].hook;
        if (hook != BPF_HOOK_TEST) {
            uint32_t type = bpf_hook_event(hook);
            set.words[type / 64] |= 1UL << type % 64;
        }
    }
    return set;
}

static long describe(const struct bpf_object *object, struct bpf_map *map,
                     void *argument)
{
    struct attachment *attachment = argument;
    if (map->kind != BPF_MAP_RING) {
        return -ERROR_BAD_ARGUMENT;
    }
    bpf_ring_query(map->storage, &attachment->entry);
    attachment->events = events_of(object);
    return 0;
}

static long attach(const struct bpf_object *object, struct bpf_map *map, void *argument)
{
    (void)object;
    const struct attachment *attachment = argument;
    return bpf_ring_attach(map->storage, attachment->port);
}

static long may_read(const struct event_set *events)
{
    struct process *process = process_current();
    if (!event_set_includes(&process->events, events)) {
        limits_tell(process->name, LIMIT_EVENTS, &process->told);
        return -ERROR_NOT_ENTITLED;
    }
    if (process->is_plugin && !approvals_let_see_events(process->path)) {
        limits_tell(process->name, LIMIT_APPROVAL, &process->told);
        return -ERROR_NOT_APPROVED;
    }
    return 0;
}

static void report(const char *object, const char *map,
                   const struct bpf_map_entry *entry)
{
    struct record record = {
        .kind = RECORD_RING_ATTACHED,
        .process_id = process_current()->id,
        .ring_attached = {.submitted = entry->submitted,
                          .waiting = entry->waiting,
                          .dropped = entry->dropped},
    };
    text_copy(record.name, sizeof(record.name), object);
    text_copy(record.text, sizeof(record.text), map);
    beacon_report(&record);
}

long syscall_bpf_ring_attach(const struct trapframe *frame)
{
    char object[NAME_SIZE], map[NAME_SIZE];
    struct attachment attachment = {.port = handle_port((uint32_t)frame->rdx, true)};
    if (attachment.port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    long error = copy_text_from_user(object, sizeof(object), frame->rdi);
    if (error == 0) {
        error = copy_text_from_user(map, sizeof(map), frame->rsi);
    }
    if (error == 0) {
        error = bpf_maps_use(object, map, describe, &attachment);
    }
    if (error == 0) {
        error = may_read(&attachment.events);
    }
    if (error == 0) {
        error = bpf_maps_use(object, map, attach, &attachment);
    }
    if (error == 0) {
        report(object, map, &attachment.entry);
    }
    return error;
}

struct reading {
    const struct port *port;
    uint8_t *record;
    size_t capacity;
    bool is_reader;  // of at least one ring
};

// A port may be the reader of several rings. -ERROR_NOT_FOUND: go on to the next map.
static long read(const struct bpf_object *object, struct bpf_map *map, void *argument)
{
    (void)object;
    struct reading *reading = argument;
    if (map->kind != BPF_MAP_RING || bpf_ring_reader(map->storage) != reading->port) {
        return -ERROR_NOT_FOUND;
    }
    reading->is_reader = true;
    long length = bpf_ring_read(map->storage, reading->record, reading->capacity);
    return length == -ERROR_WOULD_BLOCK ? -ERROR_NOT_FOUND : length;
}

long syscall_bpf_ring_read(const struct trapframe *frame)
{
    struct reading reading = {
        .port = handle_port((uint32_t)frame->rdi, true),
        .capacity = frame->rdx < BPF_MAP_BYTES ? frame->rdx : BPF_MAP_BYTES,
    };
    if (reading.port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    // Before the record is taken out of the ring: it would be lost.
    if (reading.capacity == 0 ||
        !user_slice_writable(user_slice(frame->rsi, reading.capacity))) {
        return -ERROR_BAD_ADDRESS;
    }
    reading.record = heap_allocate(reading.capacity);
    if (reading.record == NULL) {
        return -ERROR_NO_MEMORY;
    }
    long length = bpf_maps_use(NULL, NULL, read, &reading);
    if (length == -ERROR_NOT_FOUND && reading.is_reader) {
        length = -ERROR_WOULD_BLOCK;
    }
    if (length > 0 &&
        copy_to_user(user_slice(frame->rsi, (size_t)length), reading.record) < 0) {
        length = -ERROR_BAD_ADDRESS;
    }
    heap_free(reading.record);
    return length;
}
