// The service list of the last good start: when init keeps a copy of the list, and when
// it brings the copy back (see last_good.c).
#ifndef USER_LAST_GOOD_H
#define USER_LAST_GOOD_H

#include <minios/abi.h>

// Called when everything is up. After a normal start a copy of the list is kept a
// little later. After a start with the last good list, that list becomes the current
// one. After a start in safe mode nothing is done: it started only a part of the list,
// so it proves nothing about the list.
void last_good_settle(const struct boot_status *boot);

// Keeps the copy when its time has come. Returns for how many nanoseconds nothing has
// to be done.
uint64_t last_good_due(void);

#endif
