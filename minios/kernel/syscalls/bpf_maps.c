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

// ---- Who may read. What stands in a map or in a ring buffer is about security events, or
// may be, if events call the programs of its object. So a reader needs what a client of
// the events needs (syscalls/messages.c).

// What is known of the reader before the map is looked for.
struct reader {
    const struct process *process;
    bool is_approved;
};

static struct reader reader_now(void)
{
    const struct process *process = process_current();
    return (struct reader){process, !process->is_plugin ||
                                        approvals_let_see_events(process->path)};
}

static long may_read(const struct reader *reader, const struct bpf_object *object)
{
    struct event_set events = bpf_hooks_events(object);
    if (event_set_is_empty(&events)) {
        return 0;  // nobody calls its programs but whoever runs them
    }
    if (!(reader->process->rights & RIGHT_EVENTS) ||
        !event_set_includes(&reader->process->events, &events)) {
        return -ERROR_NOT_ENTITLED;
    }
    return reader->is_approved ? 0 : -ERROR_NOT_APPROVED;
}

// A plugin that is refused for that is told of, once.
static long tell_reader(long error)
{
    struct process *process = process_current();
    if (error == -ERROR_NOT_ENTITLED) {
        limits_tell(process->name, LIMIT_EVENTS, &process->told);
    } else if (error == -ERROR_NOT_APPROVED) {
        limits_tell(process->name, LIMIT_APPROVAL, &process->told);
    }
    return error;
}

// ---- Entries of maps.

// One request about an entry of a map, with what it needs in the kernel's own memory.
struct entry_request {
    struct reader reader;
    struct bpf_map_request request;
    uint8_t key[BPF_KEY_BYTES];
    uint8_t *value;
};

enum {
    WITH_VALUE = 1,      // the value comes from the program
    GIVES_VALUE = 2,     // ... or goes to it
    KEY_IS_OPTIONAL = 4  // the address 0 stands for no key at all
};

static long take(struct entry_request *entry, const struct trapframe *frame,
                 unsigned how)
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
    if (request->key_size > 0 && (request->key != 0 || !(how & KEY_IS_OPTIONAL))) {
        error = copy_from_user(entry->key, user_slice(request->key, request->key_size));
    }
    if (error < 0 || request->value_size == 0) {
        return error;
    }
    entry->value = heap_allocate(request->value_size);
    if (entry->value == NULL) {
        return -ERROR_NO_MEMORY;
    }
    return how & WITH_VALUE
               ? copy_from_user(entry->value,
                                user_slice(request->value, request->value_size))
               : 0;
}

// Uses the map that the request names. If the use has filled in the value, it is given to
// the program.
static long serve(const struct trapframe *frame, bpf_map_use *use, unsigned how)
{
    struct entry_request entry = {.reader = reader_now()};
    long result = take(&entry, frame, how);
    const struct bpf_map_request *request = &entry.request;
    if (result == 0) {
        result = bpf_maps_use(request->object, request->map, use, &entry);
    }
    if (result == 0 && how & GIVES_VALUE) {
        result =
            copy_to_user(user_slice(request->value, request->value_size), entry.value);
    }
    heap_free(entry.value);
    return tell_reader(result);
}

static bool sizes_fit(const struct bpf_map *map, const struct bpf_map_request *request)
{
    return map->kind != BPF_MAP_RING && request->key_size == map->key_size &&
           request->value_size == map->value_size;
}

static long look_up(const struct bpf_object *object, struct bpf_map *map,
                    void *argument)
{
    struct entry_request *entry = argument;
    if (!sizes_fit(map, &entry->request)) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = may_read(&entry->reader, object);
    if (error < 0) {
        return error;
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
    return serve(frame, look_up, GIVES_VALUE);
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
    return serve(frame, update, WITH_VALUE);
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
    return serve(frame, delete, 0);
}

static long next(const struct bpf_object *object, struct bpf_map *map, void *argument)
{
    struct entry_request *entry = argument;
    const struct bpf_map_request *request = &entry->request;
    if (request->key_size != map->key_size || request->value_size != map->key_size) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = may_read(&entry->reader, object);
    return error < 0
               ? error
               : bpf_map_next(map, request->key == 0 ? NULL : entry->key, entry->value);
}

long syscall_bpf_map_next(const struct trapframe *frame)
{
    return serve(frame, next, GIVES_VALUE | KEY_IS_OPTIONAL);
}

long syscall_bpf_map_list(const struct trapframe *frame)
{
    struct bpf_map_entry entry;
    if (!bpf_map_query((uint32_t)frame->rdi, &entry)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(entry)), &entry);
}

// ---- Ring buffers.

struct attachment {
    struct reader reader;
    struct port *port;
    struct bpf_map_entry entry;  // the ring, as the reader finds it
};

// All in one step: nobody can put another object in the place of this one between the
// check and the use.
static long attach(const struct bpf_object *object, struct bpf_map *map, void *argument)
{
    struct attachment *attachment = argument;
    if (map->kind != BPF_MAP_RING) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = may_read(&attachment->reader, object);
    if (error < 0) {
        return error;
    }
    bpf_ring_query(map->storage, &attachment->entry);
    return bpf_ring_attach(map->storage, attachment->port);
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
    struct attachment attachment = {
        .reader = reader_now(),
        .port = handle_port((uint32_t)frame->rdx, true),
    };
    if (attachment.port == NULL) {
        return -ERROR_BAD_HANDLE;
    }
    long error = copy_text_from_user(object, sizeof(object), frame->rdi);
    if (error == 0) {
        error = copy_text_from_user(map, sizeof(map), frame->rsi);
    }
    if (error == 0) {
        error = tell_reader(bpf_maps_use(object, map, attach, &attachment));
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
