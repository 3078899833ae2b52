// How a plugin is activated, approved, replaced and deactivated. The states are those that
// `systemextensionsctl list` names on macOS:
//
//     request --> waiting for user --approve--> enabled --deactivate--> leaving
//                       |                         ^  |                     |
//                     cancel                      |  | request with     restart
//                       v                         |  v other bytes         v
//                     (gone)              replace |  offered             (gone)
//                                                 +--+ cancel: the offer is gone
//
// A plugin that is leaving runs until the restart. A request in between keeps it: the most
// recent request wins. The first request of a machine makes the file of approvals. What
// the machine was shipped with is enabled in it.
//
// Left out: signatures. And the bytes of a plugin that has left stay on the disk.
#include "plugins/activation.h"

#include "base/policy.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "disk/boot_status.h"
#include "disk/files.h"
#include "events/event.h"
#include "library/sha256.h"
#include "library/text.h"
#include "memory/heap.h"
#include "plugins/approvals.h"
#include "plugins/limits.h"
#include "plugins/services.h"

static const char *words_of(uint32_t state)
{
    switch (state) {
#define STATE_CASE(value, words) \
    case value: \
        return words;
        APPROVAL_TABLE(STATE_CASE)
#undef STATE_CASE
    default:
        return "?";
    }
}

static void report(const struct approval *row)
{
    struct record record = {
        .kind = RECORD_APPROVAL,
        .approval = {.state = row->state, .sees_events = row->sees_events},
    };
    text_copy(record.name, sizeof(record.name), row->name);
    text_copy(record.text, sizeof(record.text), row->image);
    beacon_report(&record);
    console_log("%s: %s", row->name, words_of(row->state));
}

static void tell(const struct approval *row)
{
    struct event event = {
        .type = EVENT_NOTIFY_TCC_MODIFY,
        .approval = {.state = row->state,
                     .sees_events = row->sees_events,
                     .rights = row->rights},
    };
    text_copy(event.approval.name, sizeof(event.approval.name), row->name);
    text_copy(event.approval.path, sizeof(event.approval.path), row->image);
    event_post(&event);
}

// ---- What is activated.

// The endings of all kinds have the same length.
static uint32_t kind_of(const char *name)
{
    size_t length = strlen(name), ending = strlen(EXTENSION_ENDING);
    if (length <= ending) {
        return SERVICE_PROGRAM;
    }
    const char *end = name + length - ending;
    return text_equal(end, EXTENSION_ENDING)     ? SERVICE_EXTENSION
           : text_equal(end, USER_DRIVER_ENDING) ? SERVICE_USER_DRIVER
           : text_equal(end, DRIVER_ENDING)      ? SERVICE_DRIVER
                                                 : SERVICE_PROGRAM;
}

// Describes the plugin in a file. The manifest counts as the file has it; what the plugin
// really gets, its loader decides by the same bytes.
static long describe(const char *path, struct approval *row)
{
    void *bytes;
    *row = (struct approval){.state = APPROVAL_WAITING};
    text_file_name(row->name, sizeof(row->name), path);
    text_path(row->image, sizeof(row->image), path);
    row->kind = kind_of(row->name);
    long size = files_read_whole(path, &bytes);
    if (size < 0) {
        return size;
    }
    const struct plugin_manifest *manifest = limits_find(bytes, (size_t)size);
    bool is_plugin = row->kind != SERVICE_PROGRAM && manifest != NULL &&
                     limits_allow(manifest, row->kind);
    if (is_plugin) {
        sha256(bytes, (size_t)size, row->digest);
        row->rights = manifest->rights;
        row->major = manifest->major;
        row->minor = manifest->minor;
    }
    heap_free(bytes);
    return is_plugin ? 0 : -ERROR_BAD_IMAGE;
}

// Enables the plugins of ring 3 that are in the service list already: the machine was shipped
// with them.
static void enable_shipped(struct approvals *copy)
{
    struct service service;
    struct approval row;
    for (uint32_t i = 0; services_query(i, &service); i++) {
        if (approvals_concern(service.kind) && describe(service.image, &row) == 0) {
            row.state = APPROVAL_ENABLED;
            row.sees_events = 1;
            (void)approvals_add(copy, &row);  // there are no more services than rows
        }
    }
}

static long begin(struct approvals **copy)
{
    long error = approvals_begin(copy);
    if (error == 0 && !approvals_are_kept()) {
        enable_shipped(*copy);
    }
    return error;
}

static bool is_same(const struct approval *left, const struct approval *right)
{
    return memcmp(left->digest, right->digest, SHA256_BYTES) == 0 &&
           text_equal(left->image, right->image);
}

// ---- Requests.

// Enters a request in the copy. `row` becomes the row that has changed, if one has.
static long enter(struct approvals *copy, struct approval *row, bool *changes)
{
    struct approval *active = approvals_row(copy, row->name, APPROVAL_ENABLED);
    struct approval *leaving = approvals_row(copy, row->name, APPROVAL_LEAVING);
    struct approval *open = approvals_row(copy, row->name, APPROVAL_WAITING);
    *changes = true;
    if (leaving != NULL) {
        leaving->state = APPROVAL_ENABLED;
        active = leaving;
    }
    if (active != NULL && is_same(active, row)) {
        *changes = leaving != NULL;
        *row = *active;
        return 0;
    }
    if (active != NULL) {
        row->state = APPROVAL_OFFERED;
        open = approvals_row(copy, row->name, APPROVAL_OFFERED);
    }
    if (open != NULL) {
        *changes = leaving != NULL || !is_same(open, row);
        *open = *row;
    } else if (!approvals_add(copy, row)) {
        return -ERROR_NO_MEMORY;
    }
    return active != NULL ? -ERROR_EXISTS : 0;
}

long activation_request(const char *path)
{
    struct approval row;
    struct approvals *copy;
    bool changes;
    long error = describe(path, &row);
    if (error < 0) {
        return error;
    }
    if (!policy_takes(row.kind) &&
        !(row.kind == SERVICE_DRIVER && policy_kexts()->operator_approves)) {
        return -ERROR_REFUSED;
    }
    if (services_is_reserved(row.name)) {
        return -ERROR_RESERVED;
    }
    error = begin(&copy);
    if (error < 0) {
        return error;
    }
    long result = enter(copy, &row, &changes);
    changes = changes && result != -ERROR_NO_MEMORY;
    error = approvals_end(copy, changes);
    if (error == 0 && changes) {
        report(&row);
    }
    return error < 0 ? error : result;
}

// ---- Decisions.

static bool approve(struct approvals *copy, const char *name, struct approval *changed)
{
    struct approval *row = approvals_row(copy, name, APPROVAL_WAITING);
    if (row != NULL) {
        row->state = APPROVAL_ENABLED;
        row->approved_in = boot_status_current().starts;
        *changed = *row;
    }
    return row != NULL;
}

// The old version goes, the new one is allowed what the old one was.
static bool replace(struct approvals *copy, const char *name, struct approval *changed)
{
    struct approval *offered = approvals_row(copy, name, APPROVAL_OFFERED);
    struct approval *active = approvals_row(copy, name, APPROVAL_ENABLED);
    if (offered == NULL || active == NULL) {
        return false;
    }
    offered->state = APPROVAL_ENABLED;
    offered->sees_events = active->sees_events;
    offered->approved_in = boot_status_current().starts;
    *changed = *offered;
    approvals_remove(copy, active);
    return true;
}

static bool cancel(struct approvals *copy, const char *name, struct approval *changed)
{
    struct approval *row = approvals_row(copy, name, APPROVAL_OFFERED);
    row = row == NULL ? approvals_row(copy, name, APPROVAL_WAITING) : row;
    if (row != NULL) {
        *changed = *row;
        changed->state = APPROVAL_NONE;
        approvals_remove(copy, row);
    }
    return row != NULL;
}

static bool deactivate(struct approvals *copy, const char *name,
                       struct approval *changed)
{
    struct approval *row = approvals_row(copy, name, APPROVAL_ENABLED);
    if (row != NULL) {
        row->state = APPROVAL_LEAVING;
        *changed = *row;
    }
    return row != NULL;
}

static bool let_see(struct approvals *copy, const char *name, bool sees,
                    struct approval *changed)
{
    struct approval *row = approvals_row(copy, name, APPROVAL_ENABLED);
    row = row == NULL ? approvals_row(copy, name, APPROVAL_WAITING) : row;
    if (row != NULL) {
        row->sees_events = sees;
        *changed = *row;
    }
    return row != NULL;
}

static bool decide(struct approvals *copy, uint32_t decision, const char *name,
                   struct approval *changed)
{
    switch (decision) {
    case DECISION_APPROVE:
        return approve(copy, name, changed);
    case DECISION_REPLACE:
        return replace(copy, name, changed);
    case DECISION_CANCEL:
        return cancel(copy, name, changed);
    case DECISION_DEACTIVATE:
        return deactivate(copy, name, changed);
    default:
        return let_see(copy, name, decision == DECISION_ALLOW, changed);
    }
}

long activation_decide(uint32_t decision, const char *name)
{
    struct approvals *copy;
    struct approval changed = {0};
    if (decision > DECISION_FORBID) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = begin(&copy);
    if (error < 0) {
        return error;
    }
    bool found = decide(copy, decision, name, &changed);
    error = approvals_end(copy, found);
    if (error < 0 || !found) {
        return error < 0 ? error : -ERROR_NOT_FOUND;
    }
    report(&changed);
    tell(&changed);
    return decision == DECISION_APPROVE || decision == DECISION_REPLACE
               ? services_enable(&changed)
               : 0;
}

// ---- The rights of the service list.

bool activation_is_wanted(void)
{
    return event_is_wanted(EVENT_NOTIFY_TCC_MODIFY);
}

void activation_tell_rights(const struct service *service)
{
    struct approval row;
    if (!approvals_find(service->name, APPROVAL_ENABLED, APPROVAL_LEAVING, &row)) {
        row = (struct approval){.sees_events = !approvals_are_kept()};
        text_copy(row.name, sizeof(row.name), service->name);
        text_path(row.image, sizeof(row.image), service->image);
    }
    row.rights = service->rights;
    tell(&row);
}
