// Events out of an eBPF ring buffer: for a model whose kernel gives no events to ring 3.
//
// The plugin is then the second half of a sensor. The first half, the collector, is a set
// of eBPF programs in ring 0. For each event they put a copy of it into a ring buffer:
//
//     event -> eBPF program -> | struct event | struct event | ... | -> this process
//
// By convention the ring buffer is a map called "events", and every record is a
// `struct event`. If this process dies, its records stay in the ring. What finds no room
// there is counted. When the process has been started again, it goes on with what is left.
//
// The collector can be removed, too, and loaded again. The kernel tells the port when a ring
// goes. From then on this process looks for a new one, again and again.
#include "extension.h"

#include <minios/plugin.h>

#include "console.h"
#include "string.h"
#include "system.h"

#define MAP_NAME    "events"
#define MUTES_LIMIT 4

static const uint64_t LOOK_AGAIN = MILLISECONDS(500);

#define HOOK_ROW(hook, name, event, decides) [hook] = event,
static const uint32_t event_of_hook[] = {BPF_HOOK_TABLE(HOOK_ROW)};
#undef HOOK_ROW

static struct event_set wanted;
static bool is_used;      // the plugin has subscribed to events of a ring
static bool is_attached;  // ... and there is one
static uint64_t next_look;
static uint32_t muted[MUTES_LIMIT];  // process ids
static unsigned muted_count;

static bool has(const struct event_set *set, uint32_t type)
{
    return type < EVENT_COUNT && set->words[type / 64] >> type % 64 & 1;
}

static void add(struct event_set *set, uint32_t type)
{
    set->words[type / 64] |= 1UL << type % 64;
}

// The object with such a map. "" if none is loaded.
static void find_collector(char name[NAME_SIZE])
{
    struct bpf_map_entry map;
    name[0] = '\0';
    for (uint32_t i = 0; name[0] == '\0' && sys_bpf_map_list(i, &map) >= 0; i++) {
        if (map.kind == BPF_MAP_RING && string_equals(map.name, MAP_NAME)) {
            memcpy(name, map.object, NAME_SIZE);
        }
    }
}

// Which events the programs of this object get.
static struct event_set events_of(const char *object)
{
    struct event_set set = {0};
    struct bpf_entry program;
    for (uint32_t i = 0; sys_bpf_list(i, &program) >= 0; i++) {
        if (program.hook != BPF_HOOK_TEST && string_equals(program.object, object)) {
            add(&set, event_of_hook[program.hook]);
        }
    }
    return set;
}

// Becomes the reader of a ring with all of these events.
static long attach(const struct event_set *events)
{
    char object[NAME_SIZE];
    find_collector(object);
    struct event_set collected = events_of(object);
    for (uint32_t type = 0; type < EVENT_COUNT; type++) {
        if (has(events, type) && !has(&collected, type)) {
            return -ERROR_REFUSED;  // nobody would ever put such an event into the ring
        }
    }
    return sys_bpf_ring_attach(object, MAP_NAME, extension_inbox());
}

long extension_subscribe_ring(const uint32_t *types, size_t count)
{
    struct event_set more = wanted;
    for (size_t i = 0; i < count; i++) {
        if (types[i] >= EVENT_COUNT) {
            return -ERROR_BAD_ARGUMENT;
        }
        add(&more, types[i]);
    }
    long error = attach(&more);
    if (error == 0) {
        wanted = more;
        is_used = is_attached = true;
    }
    return error;
}

// The ring has gone with its collector. What nobody had read is lost.
static void lose(void)
{
    is_attached = false;
    say("%s: the ring buffer is gone, so nothing is heard until there is one again",
        plugin.name);
}

uint64_t extension_look_for_ring(void)
{
    if (!is_used || is_attached) {
        return FOR_EVER;
    }
    uint64_t now = (uint64_t)sys_clock();
    if (now >= next_look) {
        next_look = now + LOOK_AGAIN;
        is_attached = attach(&wanted) == 0;
        if (is_attached) {
            say("%s: there is a ring buffer again", plugin.name);
        }
    }
    return is_attached ? 0 : next_look - now;
}

bool extension_has_ring(void)
{
    return is_used;
}

long extension_mute_ring(const struct event_mute *mute, bool listed)
{
    if (mute->what != EVENT_MUTE_PROCESS) {
        return -ERROR_NOT_IMPLEMENTED;
    }
    unsigned at = 0;
    while (at < muted_count && muted[at] != mute->process_id) {
        at++;
    }
    if (listed && at == MUTES_LIMIT) {
        return -ERROR_NO_MEMORY;
    }
    if (!listed && at == muted_count) {
        return -ERROR_NOT_FOUND;
    }
    if (!listed) {
        muted[at] = muted[--muted_count];
    } else if (at == muted_count) {
        muted[muted_count++] = mute->process_id;
    }
    return 0;
}

static bool concerns(const struct event *event)
{
    for (unsigned i = 0; i < muted_count; i++) {
        if (muted[i] == event->actor.process_id) {
            return false;
        }
    }
    return has(&wanted, event->type);
}

bool extension_read_ring(struct event *event)
{
    while (is_attached) {
        long length = sys_bpf_ring_read(extension_inbox(), event, sizeof(*event));
        if (length == -ERROR_NOT_FOUND) {
            lose();
        }
        if (length < 0) {
            return false;
        }
        event->deadline = 0;  // whatever it was: nobody waits for an answer any more
        if (length == sizeof(*event) && concerns(event)) {
            return true;
        }
    }
    return false;
}
