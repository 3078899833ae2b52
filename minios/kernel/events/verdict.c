// Verdicts (see verdict.h): a thread asks, clients in ring 3 answer.
//
//     the thread that wants to do something         a client, in its own time
//     ------------------------------------          -------------------------
//     event_ask: one request for each client  --->  gets the message
//     verdicts_wait: sleeps                         looks at it
//          ...                                <---  event_respond: allow or deny
//     goes on, or returns -ERROR_DENIED
//
// The thread does not trust the clients: each request has a deadline. If it passes, the
// mode of the client decides (Apple's names, es_deadline_miss_mode_t):
//
//     EVENT_MISS_KILL         the client is ended. Its extension will be started again
//     EVENT_MISS_FAIL_OPEN    it lives, and the operation is allowed
//     EVENT_MISS_FAIL_CLOSED  it lives, and the operation is denied
//
// So a client that hangs costs others at most its deadline for each question, and never
// the machine. The same holds for a client that waits for an event which only it can
// cause.
#include "events/verdict.h"

#include "base/irql.h"
#include "devices/beacon.h"
#include "library/text.h"
#include "tasks/process.h"

static struct request *requests;  // without an answer
static uint32_t ids_given;        // the highest client id that a message was sent to

void verdict_deny(struct question *question, struct event_client *client)
{
    if (!question->is_denied) {
        text_copy(question->denied_by, sizeof(question->denied_by), client->link.name);
    }
    question->is_denied = true;
}

// Ends a request. Whoever knows that the client itself has said no counts it.
static void finish(struct request *request, bool allowed)
{
    struct request **at = &requests;
    while (*at != request) {
        at = &(*at)->next;
    }
    *at = request->next;
    struct question *question = request->question;
    question->open--;
    request->client->open--;
    if (!allowed) {
        verdict_deny(question, request->client);
    }
    thread_wake_all(&question->asker);
}

void verdict_request(struct event_client *client, struct event *event,
                     struct question *question)
{
    uint64_t now = thread_clock();
    event->deadline = now + client->deadline;
    ids_given = client->id > ids_given ? client->id : ids_given;
    // While a driver is asked, clients may come and go: then there may be more of them
    // than places.
    if (question->asked == EVENT_CLIENTS_LIMIT || !event_send(client, event)) {
        if (client->miss_mode == EVENT_MISS_FAIL_CLOSED) {
            verdict_deny(question, client);
        }
        return;
    }
    struct request *request = &question->requests[question->asked++];
    *request = (struct request){
        .next = requests,
        .question = question,
        .client = client,
        .event = event,
        .message_id = event->message_id,
        .sent = now,
        .deadline = thread_deadline(client->deadline),
    };
    requests = request;
    question->open++;
    client->open++;
}

static void report_miss(const struct request *request)
{
    const struct event_client *client = request->client;
    struct record record = {
        .kind = RECORD_DEADLINE_MISSED,
        .deadline_missed = {.operation = request->event->type,
                            .mode = client->miss_mode,
                            .waited = thread_clock() - request->sent},
    };
    text_copy(record.name, sizeof(record.name), client->link.name);
    text_copy(record.text, sizeof(record.text), request->event->actor.name);
    beacon_report(&record);
}

// The process ends when it next returns to ring 3, or leaves the kernel otherwise. If
// somebody has stopped it, it could not answer: then it is not to blame, and lives.
static void miss(struct request *request)
{
    struct event_client *client = request->client;
    client->missed++;
    report_miss(request);
    struct process *process = process_find(client->link.process_id);
    if (client->miss_mode == EVENT_MISS_KILL && process != NULL &&
        !process->thread->stopped) {
        process_kill_for(process, DEATH_DEADLINE);
    }
    finish(request, client->miss_mode != EVENT_MISS_FAIL_CLOSED);
}

// The requests of a question are those in the list that lead to it.
static struct request *of_question(const struct question *question, uint64_t due)
{
    struct request *at = requests;
    while (at != NULL && (at->question != question || at->deadline > due)) {
        at = at->next;
    }
    return at;
}

static uint64_t earliest_deadline(const struct question *question)
{
    uint64_t earliest = FOREVER;
    for (const struct request *at = requests; at != NULL; at = at->next) {
        if (at->question == question && at->deadline < earliest) {
            earliest = at->deadline;
        }
    }
    return earliest;
}

bool verdicts_wait(struct question *question)
{
    struct request *request;
    while (question->open > 0 && !thread_current()->killed) {
        (void)thread_wait(&question->asker, earliest_deadline(question));
        while ((request = of_question(question, thread_ticks())) != NULL) {
            miss(request);
        }
    }
    bool killed = question->open > 0;
    while ((request = of_question(question, FOREVER)) != NULL) {
        finish(request, true);  // the thread itself is being killed
    }
    return !killed;
}

static struct request *find(uint64_t message_id)
{
    struct request *at = requests;
    while (at != NULL && at->message_id != message_id) {
        at = at->next;
    }
    return at;
}

static long respond(struct event_client *client, uint64_t message_id, bool allowed,
                    bool keep)
{
    uint32_t owner = (uint32_t)(message_id >> 32), number = (uint32_t)message_id;
    if (owner != client->id) {
        return owner == 0 || owner > ids_given ? -ERROR_NOT_FOUND
                                               : -ERROR_NOT_PERMITTED;
    }
    if (number == 0 || number > client->messages) {
        return -ERROR_NOT_FOUND;
    }
    struct request *request = find(message_id);
    if (request == NULL) {
        return -ERROR_ANSWERED;
    }
    if (keep) {
        event_keep_verdict(client, request->event,
                           allowed ? EVENT_VERDICT_ALLOW : EVENT_VERDICT_DENY);
    }
    client->denied += !allowed;
    finish(request, allowed);
    return 0;
}

long event_respond(struct event_client *client, uint64_t message_id, uint32_t verdict)
{
    uint32_t bare = verdict & ~EVENT_VERDICT_KEEP;
    if (bare != EVENT_VERDICT_ALLOW && bare != EVENT_VERDICT_DENY) {
        return -ERROR_BAD_ARGUMENT;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    long error = respond(client, message_id, bare == EVENT_VERDICT_ALLOW,
                         (verdict & EVENT_VERDICT_KEEP) != 0);
    irql_lower(old);
    return error;
}

void verdicts_of_client_end(const struct event_client *client)
{
    struct request *at = requests;
    while (at != NULL) {
        struct request *next = at->next;
        if (at->client == client) {
            finish(at, true);
        }
        at = next;
    }
}
