// What the supervisor does with the content file on the disk (see content_keeper.c).
#ifndef USER_CONTENT_KEEPER_H
#define USER_CONTENT_KEEPER_H

// Copies the bad content to another name, for a person who wants to know what was
// wrong. The original stays until keeper_restore: if the machine stops in between, it
// must not have no content at all.
void keeper_quarantine(void);

// Replaces the bad content by the last good one. If that is impossible, deletes the bad
// one: no content is better than content that crashes the sensor.
void keeper_restore(void);

// If the content on the disk has proved itself, keeps a copy as the last known good
// one.
void keeper_promote(void);

#endif
