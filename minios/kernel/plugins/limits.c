// Telling what a plugin was refused (see limits.h).
//
// An extension can do only what the kernel does for it, so these limits hold for all of
// it. A driver runs in ring 0, as the kernel does. It is held to its manifest only where
// it asks the kernel: for events, and to report. It could also take what it wants.
#include "plugins/limits.h"

#include "devices/beacon.h"
#include "devices/console.h"
#include "library/text.h"
#include "tasks/process.h"

bool limits_is_manifest(const struct plugin_manifest *manifest)
{
    return manifest->type == PLUGIN_MANIFEST_TYPE &&
           manifest->value_size ==
               sizeof(*manifest) - offsetof(struct plugin_manifest, rights) &&
           memcmp(manifest->owner, "minios", sizeof("minios")) == 0;
}

// The second word of a manifest: its type, and the first letters of its owner.
static uint64_t sign(void)
{
    static const struct plugin_manifest sample = {
        .type = PLUGIN_MANIFEST_TYPE,
        .owner = "minios",
    };
    return ((const uint64_t *)&sample)[1];
}

// A note begins at a multiple of eight bytes, in an object as in a program. So one word
// decides for nearly all places of a file that there is no manifest.
const struct plugin_manifest *limits_find(const void *bytes, size_t size)
{
    const uint64_t *words = bytes;
    size_t count = size / sizeof(*words);
    const struct plugin_manifest *only = NULL;
    for (size_t at = 1; at < count; at++) {
        at += words_find(&words[at], count - at, sign());
        const struct plugin_manifest *found = (const void *)&words[at - 1];
        size_t left = size - (at - 1) * sizeof(*words);
        if (left < sizeof(*found) || !limits_is_manifest(found)) {
            continue;
        }
        if (only != NULL) {
            return NULL;
        }
        only = found;
    }
    return only;
}

bool limits_agree(const struct plugin_manifest *manifest, const void *bytes,
                  size_t size)
{
    const struct plugin_manifest *only = limits_find(bytes, size);
    return only != NULL && memcmp(only, manifest, sizeof(*only)) == 0;
}

bool limits_allow(const struct plugin_manifest *manifest, uint32_t kind)
{
    return limits_is_manifest(manifest) && manifest->kinds & 1U << kind;
}

void limits_tell(const char *name, uint32_t refused, uint32_t *told)
{
    static const struct {
        uint32_t bit;
        const char *words;
    } limits[] = {
#define RIGHT_ROW(bit, name) {bit, "the right " name},
        RIGHT_TABLE(RIGHT_ROW)
#undef RIGHT_ROW
            {LIMIT_APPROVAL, "security events: nobody has approved that"},
        {LIMIT_SLOT, "security events: there are too many clients"},
        {LIMIT_EVENTS, "events that its manifest does not name"},
        {LIMIT_KIND, "to run as a kind of plugin that its manifest does not name"},
    };
    const char *why =
        refused & LIMIT_LIST ? ", which the service list does not grant" : "";
    for (unsigned i = 0; i < COUNT(limits); i++) {
        if (refused & ~*told & limits[i].bit) {
            struct record record = {.kind = RECORD_PLUGIN_LIMITED};
            text_copy(record.name, sizeof(record.name), name);
            text_format(record.text, sizeof(record.text), "%s%s", limits[i].words, why);
            beacon_report(&record);
            console_log("%s: refused %s", name, record.text);
        }
    }
    *told |= refused;
}

long limits_refuse(struct process *process, uint32_t missing)
{
    bool is_entitled = (missing & ~process->entitled) == 0;
    if (process->is_plugin) {
        limits_tell(process->name, is_entitled ? LIMIT_LIST | missing : missing,
                    &process->told);
    }
    return is_entitled ? -ERROR_NOT_PERMITTED : -ERROR_NOT_ENTITLED;
}
