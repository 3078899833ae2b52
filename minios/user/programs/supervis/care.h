// How the supervisor takes care of one extension (see care.c).
#ifndef USER_CARE_H
#define USER_CARE_H

#include <minios/abi.h>
#include <stdbool.h>

#include "epitaph.h"
#include "life.h"

struct extension {
    struct service service;
    struct life life;
    bool ready;          // has said so
    uint64_t ping_at;    // when to send the next ping
    uint64_t answer_by;  // when it hangs, unless it answers first; 0 = owes no answer
    bool hangs;          // the supervisor has ended it for that
    struct death death;  // the latest one
    struct epitaph epitaph;
};

// Chooses the restart policy, and the port that hears of deaths. `fell_back` is whether
// an earlier supervisor has replaced the content by the last good one.
void care_begin(uint32_t port, bool fell_back);
bool care_fell_back(void);

// Starts an extension. Returns the process id, or a negated ERROR_.
long care_start(struct extension *extension);

// Takes over an extension that runs, because the supervisor that started it has ended.
// Returns 0 or a negated ERROR_.
long care_adopt(struct extension *extension, uint32_t process_id);

// It has died while no supervisor ran, so nobody knows why.
void care_after_unseen_death(struct extension *extension);

// What follows from what has been heard.
void care_after_death(struct extension *extension, const struct death *death);
void care_after_answer(struct extension *extension);
void care_after_new_content(struct extension *extension);

// Gives an extension another chance if it does not run and is not going to.
void care_try_again(struct extension *extension);

// Keeps it dead after its next death, or as it is if it is dead. `care_release` undoes
// that, and starts it if it is dead for any reason.
void care_hold(struct extension *extension);
void care_release(struct extension *extension);

// How it is, as a line of the shell's list (programs/shell/extensions.c).
void care_words(const struct extension *extension, char *words, size_t size);

// Says which restart policy holds.
const char *care_policy(void);

// Does what is due for this extension: a start, a ping. Returns when something is due
// next, in nanoseconds since boot. `is_silent` becomes true if it has not answered in
// time. That is sure only once the supervisor has heard all that waits in its inbox.
uint64_t care_due(struct extension *extension, bool *is_silent);

// Ends an extension that hangs. Then the kernel tells of its death.
void care_end(struct extension *extension);

#endif
