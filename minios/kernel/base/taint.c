// The taint word (see taint.h). One CPU and one instruction: it needs no lock.
#include "base/taint.h"

#include "library/text.h"
#include <minios/abi.h>

static uint32_t word;

#define TAINT_ROW(bit, letter, words) {bit, letter},
static const struct {
    uint32_t bit;
    char letter;
} letters[] = {TAINT_TABLE(TAINT_ROW)};
#undef TAINT_ROW

_Static_assert(2 * COUNT(letters) <= TAINT_LETTERS_SIZE,
               "each letter has a blank before it, or a NUL behind it");

void taint_add(uint32_t bits)
{
    word |= bits;
}

uint32_t taint_word(void)
{
    return word;
}

void taint_letters(char text[TAINT_LETTERS_SIZE])
{
    if (word != 0) {
        *text++ = word & TAINT_PROPRIETARY_MODULE ? 'P' : 'G';
    }
    for (unsigned i = 0; i < COUNT(letters); i++) {
        // P has a twin, G, and one of the two is there already: see taint.h.
        if (word & letters[i].bit && letters[i].bit != TAINT_PROPRIETARY_MODULE) {
            *text++ = ' ';
            *text++ = letters[i].letter;
        }
    }
    *text = '\0';
}
