// Taint: what has happened since the start that makes reports of this kernel doubtful.
//
// Linux keeps one word for it. Each bit stands for a reason and has a letter, such as O
// for a module of third parties and D for an oops. A bit is never taken back: only the
// next start clears it. Each report of a fault shows the letters, so that whoever reads
// it knows what this kernel has been through. The bits are in minios/abi/enumerations.py.
#pragma once

#include <stdint.h>

#define TAINT_LETTERS_SIZE 48  // bytes for the letters of all bits, with the NUL

// Sets bits (TAINT_) that stay until the next start.
void taint_add(uint32_t bits);

// All bits that were set since the start.
[[nodiscard]] uint32_t taint_word(void);

// Writes the letters, with blanks between them: "G D O". The first is P if a module was
// loaded that is not free, else G, as in Linux. "" if nothing is tainted.
void taint_letters(char text[TAINT_LETTERS_SIZE]);
