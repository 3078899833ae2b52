// What the last crash was, as its dump says (see last_stop.c).
#ifndef USER_LAST_STOP_H
#define USER_LAST_STOP_H

#include <minios/abi.h>
#include <stdbool.h>

struct last_stop {
    bool known;
    struct dump_stop stop;
    char path[PATH_SIZE];
    char place[NAME_SIZE + 24];  // who is to blame, such as "sentinel.sys+0x2d"
};

// Reads the newest dump. `known` is false if there is none, or if it is damaged.
struct last_stop last_stop_newest(void);

// What a stop code is called.
const char *stop_name(uint64_t code);

// The command `dump`: prints what the newest dump says, or the one that is named.
void command_dump(const char *first, const char *second);

#endif
