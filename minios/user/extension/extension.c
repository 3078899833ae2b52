// Makes a process out of a plugin: the main function of an extension or of a user driver,
// and its one loop.
//
// A plugin such as the sensor has one set of C files. For ring 0 they become a driver
// (kernel/plugins/driver_load.c). For ring 3 they are linked with this file and services.c,
// where each function of plugin.h becomes a system call. So the same code, with the
// same bug, can be compared in both rings.
#include <minios/plugin.h>

#include "console.h"
#include "extension.h"
#include "format.h"
#include "string.h"
#include "system.h"
#include "talk.h"

// After a ping the supervisor must hear that this process is alive. If the supervisor's
// inbox is full, it is told again a moment later.
static const uint64_t ALIVE_AGAIN = MILLISECONDS(10);

static uint32_t inbox;
static bool owes_alive;

uint32_t extension_inbox(void)
{
    return inbox;
}

static void hear_event(const struct event *event)
{
    if (event->deadline == 0) {
        if (plugin.event != NULL) {
            plugin.event(event);
        }
        return;
    }
    uint32_t verdict =
        plugin.authorize == NULL ? EVENT_VERDICT_ALLOW : plugin.authorize(event);
    (void)sys_event_respond(inbox, event->message_id, verdict);  // it may be too late
}

static void hear(const struct message *message)
{
    if (message->type == MESSAGE_EVENT && message->sender == 0) {
        struct event event;
        memcpy(&event, message->body, sizeof(event));
        hear_event(&event);
        return;
    }
    if (message->type == MESSAGE_PING) {
        owes_alive = true;
        return;
    }
    if (message->type == MESSAGE_INTERRUPT && message->sender == 0) {
        uint32_t irq;
        memcpy(&irq, message->body, sizeof(irq));
        extension_serve_interrupt(irq);
        return;
    }
    struct message answer = {.type = MESSAGE_ANSWER};
    if (plugin.message != NULL) {
        plugin.message(message, &answer);
    }
    if (message->call_id != 0) {
        sys_port_reply(message->call_id, &answer);
    }
}

// Returns after how many nanoseconds to try again.
static uint64_t tell_alive(void)
{
    owes_alive = owes_alive && talk_tell("supervisor", "alive") == -ERROR_WOULD_BLOCK;
    return owes_alive ? ALIVE_AGAIN : FOR_EVER;
}

int main(void)
{
    char name[NAME_SIZE];
    format_text(name, sizeof(name), "%s%s", plugin.name, plugin_ending);
    long handle = sys_port_create(plugin.name[0] == '\0' ? "" : name);
    if (handle < 0) {
        say("%s: cannot create its port: %s", name, error_words(handle));
        return 1;
    }
    inbox = (uint32_t)handle;
    int status = plugin.start();
    if (status < 0) {
        say("%s: does not start: %s", name, error_words(status));
        return 1;
    }
    talk_tell("supervisor", "ready");
    for (;;) {
        struct message message;
        struct event event;
        uint64_t wait = extension_run_deferred();
        uint64_t again = tell_alive();
        if (extension_read_ring(&event)) {  // one, and then it looks into its inbox
            hear_event(&event);
            wait = 0;
        }
        uint64_t look = extension_look_for_ring();
        wait = again < wait ? again : wait;
        if (sys_port_receive(inbox, &message, look < wait ? look : wait) >= 0) {
            hear(&message);
        }
    }
}
