// All crimes that the villain knows. How each must end is in minios/lab/crimes.toml.
//
// A crime is a function without arguments. It returns if nothing stops it. Names have
// at most eight letters, because some crimes are programs, too, and FAT16 allows no
// more.
#ifndef VILLAIN_CRIMES_H
#define VILLAIN_CRIMES_H

#include <minios/plugin.h>

// `minios dev gen` finds the functions that are called crime_NAME, and lists them there.
#define CRIME(name) void crime_##name(void);
#include "crime_list.h"
#undef CRIME

// Before a crime that is a program, too: the build makes /BIN/NAME of it, in ring 3
// (minios/image/crime.c). Such a crime may allocate memory, but needs nothing else that
// only a plugin has.
#define AS_PROGRAM

// Called by a crime if the kernel has refused it. The error goes back as the answer to
// whoever told the villain to commit it.
void crime_was_refused(long error);

// What any function can do wrong, wherever it is called (acts.c).
void act_read(void *pointer);
void act_write(void *pointer);
void act_copy(void *pointer);
void act_divide(void *nothing);
void act_badop(void *nothing);
void act_smash(void *address);
void act_wait(void *nothing);
void act_loop(void *nothing);

// An address in the kernel's half where no page is ever mapped.
#define NOWHERE 0xffffdead00000000UL

// Hides a value from the compiler. It would see that, for example, a pointer is null,
// and then generate other code, or none at all.
#define HIDDEN(value) \
    ({ \
        __typeof__(value) hidden_ = (value); \
        __asm__ volatile("" : "+r"(hidden_)); \
        hidden_; \
    })

#endif
