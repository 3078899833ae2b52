// Whether somebody sits at the console of a machine that does not start. The recovery
// program and the boot menu ask, and both go on by themselves if nobody does.
#ifndef USER_COUNTDOWN_H
#define USER_COUNTDOWN_H

#include <stdbool.h>

// Discards keys for a moment. While somebody holds F8 down, the terminal repeats it, and
// these keys must not count as an answer to a menu.
void keys_drain(void);

// Counts down, for as many seconds as the boot option recovery_s says (0 = does not count,
// somebody is there). Returns whether somebody has pressed a key before the time was over.
bool countdown_is_interrupted(void);

#endif
