// Telling which rights a new process is to have, and which it gets (see authorization.h).
// macOS has these two events for its own rights, such as that to install software.
#include "processes/authorization.h"

#include "events/event.h"
#include "library/text.h"

static void tell(uint32_t type, const char *path, uint32_t asked, uint32_t granted)
{
    struct event event = {
        .type = type,
        .authorization = {.asked = asked, .granted = granted},
    };
    text_path(event.authorization.path, sizeof(event.authorization.path), path);
    event_post(&event);
}

void authorization_petition(const char *path, uint32_t asked)
{
    if (event_is_wanted(EVENT_NOTIFY_AUTHORIZATION_PETITION)) {
        tell(EVENT_NOTIFY_AUTHORIZATION_PETITION, path, asked, 0);
    }
}

void authorization_judge(const char *path, uint32_t asked, uint32_t granted)
{
    if (event_is_wanted(EVENT_NOTIFY_AUTHORIZATION_JUDGEMENT)) {
        tell(EVENT_NOTIFY_AUTHORIZATION_JUDGEMENT, path, asked, granted);
    }
}
