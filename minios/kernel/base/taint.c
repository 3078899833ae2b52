// The taint word (see taint.h). One CPU and one instruction: it needs no lock.
#include "base/taint.h"

#include "library/text.h"
#include <minios/abi.h>

static uint32_t word;

// The letters, in the order of the bits. P has a twin, G: see taint.h.
static const struct {
    uint32_t bit;
    char letter;
} letters[] = {
    {TAINT_FORCED_MODULE, 'F'}, {TAINT_FORCED_REMOVAL, 'R'},
    {TAINT_DIE, 'D'},           {TAINT_WARNING, 'W'},
    {TAINT_OUT_OF_TREE, 'O'},   {TAINT_UNSIGNED_MODULE, 'E'},
    {TAINT_SOFT_LOCKUP, 'L'},
};

_Static_assert(2 * (COUNT(letters) + 1) <= TAINT_LETTERS_SIZE,
               "each letter has a blank before it, and the first takes two");

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
        if (word & letters[i].bit) {
            *text++ = ' ';
            *text++ = letters[i].letter;
        }
    }
    *text = '\0';
}
