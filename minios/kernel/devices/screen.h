// The text screen, as on an old PC: 80 columns and 25 rows, in memory at 0xb8000. The
// blue screen is painted here: it needs no driver, so it works in a crashing kernel.
#pragma once

#include <stddef.h>

#define SCREEN_COLUMNS 80
#define SCREEN_ROWS    25

// The attribute byte: background in bits 4-6, foreground in bits 0-3.
enum screen_colour {
    SCREEN_GREY_ON_BLACK = 0x07,
    SCREEN_WHITE_ON_BLUE = 0x1f,
};

void screen_clear(enum screen_colour colour);
void screen_write(const char *text, size_t size);

// Writes text at a fixed place, and does not move the cursor.
void screen_write_at(unsigned row, unsigned column, const char *text);
