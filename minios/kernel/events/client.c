// Clients of the security-event feed (see client.h). Everything here is guarded by
// IRQL_HIGH.
#include "events/client.h"

#include "base/irql.h"
#include "devices/beacon.h"
#include "library/text.h"
#include "memory/heap.h"
#include "tasks/process.h"

struct event_client *event_clients;
struct event_set event_wanted;

static uint32_t client_count;
static bool
    any_kept;  // so that a change of a file costs nothing if nobody keeps verdicts
static uint32_t next_id = 1;

// Where the list points to this client. If it is not in the list: the end of the list.
static struct event_client **place_of(const struct event_client *client)
{
    struct event_client **at = &event_clients;
    while (*at != NULL && *at != client) {
        at = &(*at)->next;
    }
    return at;
}

static void find_out_who_wants_what(void)
{
    event_wanted = (struct event_set){0};
    for (struct event_client *at = event_clients; at != NULL; at = at->next) {
        event_set_add(&event_wanted, &at->wanted);
    }
}

// A process with many ports could take every place. The sensor, once it has died, would
// find none. (Drivers have no process, and are not limited.)
static bool has_enough(uint32_t process_id)
{
    unsigned count = 0;
    for (struct event_client *at = event_clients; at != NULL; at = at->next) {
        count += at->link.process_id == process_id ? 1 : 0;
    }
    return process_id != 0 && count >= EVENT_CLIENTS_EACH;
}

static long make(struct event_client **client, const struct event_link *link)
{
    if (client_count == EVENT_CLIENTS_LIMIT || has_enough(link->process_id)) {
        return -ERROR_NO_SLOT;
    }
    struct event_client *new = heap_allocate(sizeof(*new));
    if (new == NULL) {
        return -ERROR_NO_MEMORY;
    }
    new->link = *link;
    new->id = next_id++;
    new->deadline = EVENT_DEADLINE_NANOSECONDS;
    new->miss_mode = EVENT_MISS_KILL;
    client_count++;
    *place_of(new) = new;  // at the end: whoever came first hears first
    *client = new;
    return 0;
}

long event_subscribe(struct event_client **client, const struct event_link *link,
                     const struct event_set *wanted)
{
    enum irql old = irql_raise(IRQL_HIGH);
    long error = *client == NULL ? make(client, link) : 0;
    if (error == 0) {
        event_set_add(&(*client)->wanted, wanted);
        find_out_who_wants_what();
    }
    irql_lower(old);
    return error;
}

void event_let_leave(struct event_client *client)
{
    if (!client->is_leaving || client->calls > 0) {
        return;
    }
    struct event_client **at = place_of(client);
    if (*at == NULL) {
        return;  // it has left already
    }
    *at = client->next;
    client_count--;
    client->link.left(client->link.owner);
    heap_free(client);
}

void event_begin_to_leave(struct event_client *client)
{
    client->wanted = (struct event_set){0};
    client->is_leaving = true;
    find_out_who_wants_what();
    event_let_leave(client);
}

// ---- Muting.

const char *event_target(const struct event *event)
{
    switch (event->type) {
#define TARGET_CASE(type, target) \
    case type: \
        return event->target;
        EVENT_TARGET_TABLE(TARGET_CASE)
#undef TARGET_CASE
    default:
        return NULL;
    }
}

static bool path_fits(const struct event_mute *mute, const char *path)
{
    size_t length = strlen(mute->path);
    return mute->match == EVENT_MATCH_PREFIX ? memcmp(path, mute->path, length) == 0
                                             : text_equal(path, mute->path);
}

static bool fits(const struct event_mute *mute, const struct event *event)
{
    if (!event_set_is_empty(&mute->events) &&
        !event_set_has(&mute->events, event->type)) {
        return false;
    }
    const struct process *actor = process_current();
    const char *target = event_target(event);
    switch (mute->what) {
    case EVENT_MUTE_PROCESS:
        return mute->process_id == event->actor.process_id;
    case EVENT_MUTE_PROGRAM:
        return actor != NULL && path_fits(mute, actor->path);
    default:
        return target != NULL && path_fits(mute, target);
    }
}

// A list hides what is on it. If it is inverted, it hides what is not on it.
static bool is_muted(const struct event_client *client, const struct event *event)
{
    uint32_t listed = 0;
    for (unsigned i = 0; i < client->mute_count; i++) {
        listed |= fits(&client->mutes[i], event) ? 1U << client->mutes[i].what : 0;
    }
    return (listed ^ client->inverted) != 0;
}

bool event_concerns(const struct event_client *client, const struct event *event)
{
    return event_set_has(&client->wanted, event->type) && !is_muted(client, event);
}

static bool is_mute(const struct event_mute *mute)
{
    return mute->what <= EVENT_MUTE_TARGET && mute->match <= EVENT_MATCH_PREFIX &&
           mute->path[PATH_SIZE - 1] == '\0';
}

long event_mute(struct event_client *client, const struct event_mute *mute, bool listed)
{
    if (!is_mute(mute)) {
        return -ERROR_BAD_ARGUMENT;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    unsigned at = 0;
    while (at < client->mute_count &&
           memcmp(&client->mutes[at], mute, sizeof(*mute)) != 0) {
        at++;
    }
    long error = 0;
    bool is_listed = at < client->mute_count;
    if (listed && !is_listed && at == EVENT_MUTES_LIMIT) {
        error = -ERROR_NO_MEMORY;
    } else if (listed && !is_listed) {
        client->mutes[client->mute_count++] = *mute;
    } else if (!listed && !is_listed) {
        error = -ERROR_NOT_FOUND;
    } else if (!listed) {
        client->mutes[at] = client->mutes[--client->mute_count];
    }
    irql_lower(old);
    return error;
}

// ---- Settings, and what others may know of a client.

static long change(struct event_client *client, uint32_t setting, uint64_t value)
{
    switch (setting) {
    case EVENT_SETTING_DEADLINE:
        if (value == 0 || value > client->deadline) {
            return -ERROR_BAD_ARGUMENT;
        }
        client->deadline = value;
        return 0;
    case EVENT_SETTING_MISS_MODE:
        if (value > EVENT_MISS_FAIL_CLOSED) {
            return -ERROR_BAD_ARGUMENT;
        }
        client->miss_mode = (uint32_t)value;
        return 0;
    case EVENT_SETTING_INVERT:
        if (value > EVENT_MUTE_TARGET) {
            return -ERROR_BAD_ARGUMENT;
        }
        client->inverted ^= 1U << value;
        return 0;
    case EVENT_SETTING_FORGET:
        memset(client->verdicts, EVENT_VERDICT_NONE, sizeof(client->verdicts));
        return 0;
    default:
        return -ERROR_BAD_ARGUMENT;
    }
}

long event_set_setting(struct event_client *client, uint32_t setting, uint64_t value)
{
    enum irql old = irql_raise(IRQL_HIGH);
    long error = change(client, setting, value);
    irql_lower(old);
    return error;
}

bool event_process_is_client(uint32_t process_id)
{
    enum irql old = irql_raise(IRQL_HIGH);
    const struct event_client *client = event_clients;
    while (client != NULL && client->link.process_id != process_id) {
        client = client->next;
    }
    irql_lower(old);
    return client != NULL;
}

bool event_client_query(uint32_t index, struct event_client_entry *entry)
{
    enum irql old = irql_raise(IRQL_HIGH);
    const struct event_client *client = event_clients;
    while (client != NULL && index-- > 0) {
        client = client->next;
    }
    if (client != NULL) {
        *entry = (struct event_client_entry){
            .id = client->id,
            .process_id = client->link.process_id,
            .messages = client->messages,
            .dropped = client->dropped,
            .missed = client->missed,
            .denied = client->denied,
            .waiting = client->open,
            .miss_mode = client->miss_mode,
            .deadline = client->deadline,
            .wanted = client->wanted,
        };
        text_copy(entry->name, sizeof(entry->name), client->link.name);
    }
    irql_lower(old);
    return client != NULL;
}

// ---- Messages and kept verdicts.

// The first message that finds no room is reported, and then each hundredth: the report
// must not become a flood itself.
static void note_dropped(struct event_client *client, const struct event *event)
{
    if (client->dropped++ % 100 != 0) {
        return;
    }
    struct record record = {
        .kind = RECORD_EVENT_DROPPED,
        .event_dropped = {.operation = event->type, .dropped = client->dropped},
    };
    text_copy(record.name, sizeof(record.name), client->link.name);
    beacon_report(&record);
}

bool event_send(struct event_client *client, struct event *event)
{
    event->message_id = (uint64_t)client->id << 32 | ++client->messages;
    bool sent = client->link.deliver(client->link.owner, event);
    if (!sent) {
        note_dropped(client, event);
    }
    return sent;
}

// The subject is the end of an event: what it is about, with all details.
#define SUBJECT_BYTES (sizeof(struct event) - offsetof(struct event, file))

static bool is_about(const struct event_verdict *kept, const struct event *event)
{
    return kept->verdict != EVENT_VERDICT_NONE && kept->event.type == event->type &&
           kept->event.actor.process_id == event->actor.process_id &&
           memcmp(&kept->event.file, &event->file, SUBJECT_BYTES) == 0;
}

uint32_t event_kept_verdict(const struct event_client *client,
                            const struct event *event)
{
    for (unsigned i = 0; i < EVENT_CACHED_LIMIT; i++) {
        if (is_about(&client->verdicts[i], event)) {
            return client->verdicts[i].verdict;
        }
    }
    return EVENT_VERDICT_NONE;
}

void event_keep_verdict(struct event_client *client, const struct event *event,
                        uint32_t verdict)
{
    if (event_target(event) == NULL) {
        return;
    }
    struct event_verdict *kept =
        &client->verdicts[client->cached++ % EVENT_CACHED_LIMIT];
    *kept = (struct event_verdict){.verdict = verdict, .event = *event};
    any_kept = true;
}

bool event_keeps_verdicts(void)
{
    return any_kept;
}

static bool is_at_or_below(const char *target, const char *path)
{
    size_t length = strlen(path);
    return length > 0 && memcmp(target, path, length) == 0 &&
           (target[length] == '\0' || target[length] == '/');
}

void event_forget_path(const char *path)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct event_client *client = any_kept ? event_clients : NULL;
    for (; client != NULL; client = client->next) {
        for (unsigned i = 0; i < EVENT_CACHED_LIMIT; i++) {
            struct event_verdict *kept = &client->verdicts[i];
            const char *target = event_target(&kept->event);
            if (target != NULL && is_at_or_below(target, path)) {
                kept->verdict = EVENT_VERDICT_NONE;
            }
        }
    }
    irql_lower(old);
}
