// The shell's command for plugins that need the user's approval. On macOS the same is
// done with `systemextensionsctl` and in the system settings.
#include "shell.h"

#include "console.h"
#include "format.h"
#include "string.h"
#include "system.h"
#include "talk.h"

static const char *state_words(uint32_t state)
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

static void list(void)
{
    struct approval row;
    if (sys_plugin_approval(0, &row) < 0) {
        say(model_is("macos")
                ? "no plugin has asked the user yet; this asks: sysext activate "
                  "/system/extens/counter.ext"
                : "no plugin of this machine needs an approval (it would in the model "
                  "macos)");
        return;
    }
    say("name          version  events  state");
    for (uint32_t i = 0; sys_plugin_approval(i, &row) >= 0; i++) {
        char version[12];
        format_text(version, sizeof(version), "%u.%u", row.major, row.minor);
        say("%-13s %-8s %-7s %s", row.name, version, row.sees_events ? "yes" : "no",
            state_words(row.state));
    }
}

static void activate(const char *path)
{
    long status = sys_plugin_activate(path);
    if (status == -ERROR_EXISTS) {
        say("%s: another version is active; `sysext replace` it, or `sysext cancel`",
            path);
    } else if (status < 0) {
        say("%s: %s", path, error_words(status));
    }
}

static void decide(uint32_t decision, const char *name)
{
    long status = sys_plugin_decide(decision, name);
    if (status < 0) {
        say("%s: %s", name,
            status == -ERROR_NOT_FOUND ? "nothing to decide; `sysext` lists them"
                                       : error_words(status));
        return;
    }
    talk_tell("supervisor", "look");  // perhaps there is something to start now
}

void command_sysext(const char *first, const char *second)
{
    static const char *const decisions[] = {
        [DECISION_APPROVE] = "approve", [DECISION_REPLACE] = "replace",
        [DECISION_CANCEL] = "cancel",   [DECISION_DEACTIVATE] = "deactivate",
        [DECISION_ALLOW] = "allow",     [DECISION_FORBID] = "forbid",
    };
    if (*first == '\0' || string_equals(first, "list")) {
        list();
        return;
    }
    if (string_equals(first, "activate") && *second != '\0') {
        activate(second);
        return;
    }
    for (uint32_t i = 0; i <= DECISION_FORBID && *second != '\0'; i++) {
        if (string_equals(first, decisions[i])) {
            decide(i, second);
            return;
        }
    }
    say("usage: sysext [list], sysext activate FILE, or");
    say("       sysext approve|replace|cancel|deactivate|allow|forbid NAME");
}
