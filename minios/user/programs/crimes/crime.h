// What every crime has in common. Each file of this folder breaks one rule of the ring
// border; its first line says which, and its `Expect:` line how it must end:
//
//     Expect: #PF 0x5     the CPU raises this exception, with this error code
//     Expect: INT 0x99    an interrupt of its own choice, with that vector, ended it
//     Expect: exit 0      the kernel refuses the call; the program checks that it does
//     Expect: exit 1      nothing stops it: it harms nobody but itself
//     Expect: no end      it would run for ever, and others run all the same
#ifndef USER_CRIME_H
#define USER_CRIME_H

#include "console.h"
#include "system.h"

// Reached only if nothing has stopped the program.
static inline int crime_unpunished(void)
{
    say("crime: nothing stopped it");
    return 1;
}

// The end of a crime that the kernel must answer with this error.
static inline int crime_refused(long result, long error)
{
    if (result != -error) {
        say("crime: expected %s, got %ld", error_words(error), result);
        return 1;
    }
    return 0;
}

#endif
