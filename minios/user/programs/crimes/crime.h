// What the crimes of this folder share. Each file is a program that breaks one rule of
// the border between the rings. Its first lines say which rule, and why the rule
// exists. The line `Expect:` says how the program must end:
//
//     Expect: #PF 0x5     the CPU raises this exception, with this error code
//     Expect: exit 0      the kernel refuses the call, and the program checks this
//     Expect: no end      it would run for ever, but all other programs go on
//
// #PF is a page fault. Its error code is a sum: 1 if the page is mapped but a right is
// missing, 2 for a write, 4 if it happened in ring 3, 0x10 for the fetch of an
// instruction (Intel SDM vol. 3A, "Page-Fault Exceptions"). #GP is a general protection
// fault.
//
// A crime that a plugin commits in the same way needs no file here: see AS_PROGRAM in
// drivers/villain/crimes.h. Those that lessons show are here all the same.
#ifndef USER_CRIME_H
#define USER_CRIME_H

#include "console.h"
#include "system.h"

// The program comes here only if nothing has stopped it.
static inline int crime_unpunished(void)
{
    say("crime: nothing stopped it");
    return 1;
}

// The end of a crime that the kernel must refuse with this error.
static inline int crime_refused(long result, long error)
{
    if (result != -error) {
        say("crime: expected %s, got %ld", error_words(error), result);
        return 1;
    }
    return 0;
}

#endif
