// A file on the disk for each death of an extension (see epitaph.c).
#ifndef USER_EPITAPH_H
#define USER_EPITAPH_H

#include <minios/abi.h>
#include <stdbool.h>

#include "life.h"

struct epitaph {
    uint32_t number;  // of the next file; 0 = not known yet
    char text[768];   // not written yet; empty = there is nothing to write
};

// Makes the text, from what is known right after the supervisor has decided.
void epitaph_compose(struct epitaph *epitaph, const struct life *life,
                     const struct death *death, bool hung, const char *policy);

// Writes it, if there is one. It takes time, so it comes after the restart.
void epitaph_write(struct epitaph *epitaph, const struct death *death);

#endif
