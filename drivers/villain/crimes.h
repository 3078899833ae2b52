// All crimes that the villain knows. How each must end is in minios/lab/crimes.toml.
//
// A crime is a function without arguments. It returns if nothing stops it. Names have
// at most eight letters, because a program of the same name may commit the same crime,
// and FAT16 allows no more.
#ifndef VILLAIN_CRIMES_H
#define VILLAIN_CRIMES_H

#include <minios/plugin.h>

// In the order of memory.c, execution.c, privileged.c, pool.c, later.c, interrupt.c.
#define CRIME_TABLE(X) \
    X(null) \
    X(wild) \
    X(noncanon) \
    X(rdkernel) \
    X(wrscreen) \
    X(wrtext) \
    X(wrconst) \
    X(patch) \
    X(alias) \
    X(hook) \
    X(segment) \
    X(ownidt) \
    X(overflow) \
    X(smash) \
    X(smashnc) \
    X(divide) \
    X(badop) \
    X(int3) \
    X(fpu) \
    X(callnull) \
    X(exwild) \
    X(exdata) \
    X(exstack) \
    X(loop) \
    X(failfast) \
    X(cli) \
    X(hang) \
    X(hlt) \
    X(outport) \
    X(wrcr3) \
    X(wrmsr) \
    X(lstar) \
    X(noidt) \
    X(unwp) \
    X(overrun) \
    X(trample) \
    X(useafter) \
    X(freedbig) \
    X(dblfree) \
    X(badfree) \
    X(freemid) \
    X(freepage) \
    X(dpcnull) \
    X(dpcgp) \
    X(dpccopy) \
    X(dpcbadop) \
    X(dpcwait) \
    X(dpcloop) \
    X(dpcagain) \
    X(dpcpair) \
    X(dpcsmash) \
    X(leave) \
    X(isrnull) \
    X(isrwild) \
    X(isrcopy) \
    X(isrgp) \
    X(isrdiv) \
    X(isrsmash) \
    X(isrwait) \
    X(isrloop) \
    X(isrspy) \
    X(isrleave)

#define CRIME_DECLARE(name) void crime_##name(void);
CRIME_TABLE(CRIME_DECLARE)
#undef CRIME_DECLARE

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
