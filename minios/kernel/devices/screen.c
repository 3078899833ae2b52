// The text screen (see screen.h): 80 x 25 cells. A cell has two bytes, a character (in
// code page 437) and an attribute, the colours:
//
//    15 | 14 13 12   | 11 10 9 8  | 7 ...... 0
//   blink| background | foreground | character
//
// On a board without a video card this is normal memory, and writing to it does no
// harm.
#include "devices/screen.h"

#include "base/direct_map.h"
#include "library/text.h"

#define CELLS ((uint16_t *)physical_pointer(SCREEN_PHYSICAL))

static enum screen_colour colour = SCREEN_GREY_ON_BLACK;
static unsigned cursor_row, cursor_column;

static uint16_t cell(char c)
{
    return (uint16_t)((unsigned)colour << 8 | (uint8_t)c);
}

static void clear_row(unsigned row)
{
    for (unsigned column = 0; column < SCREEN_COLUMNS; column++) {
        CELLS[row * SCREEN_COLUMNS + column] = cell(' ');
    }
}

void screen_clear(enum screen_colour new_colour)
{
    colour = new_colour;
    for (unsigned row = 0; row < SCREEN_ROWS; row++) {
        clear_row(row);
    }
    cursor_row = cursor_column = 0;
}

static void new_line(void)
{
    cursor_column = 0;
    if (++cursor_row < SCREEN_ROWS) {
        return;
    }
    memcpy(CELLS, CELLS + SCREEN_COLUMNS,
           (SCREEN_ROWS - 1) * SCREEN_COLUMNS * sizeof(uint16_t));
    cursor_row = SCREEN_ROWS - 1;
    clear_row(cursor_row);
}

static void put(char c)
{
    if (c == '\n') {
        new_line();
    } else if (c == '\r') {
        cursor_column = 0;
    } else if (c == '\b') {
        cursor_column -= cursor_column > 0;
    } else if ((uint8_t)c >= ' ') {
        if (cursor_column == SCREEN_COLUMNS) {
            new_line();
        }
        CELLS[cursor_row * SCREEN_COLUMNS + cursor_column++] = cell(c);
    }
}

void screen_write(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        put(text[i]);
    }
}

void screen_write_at(unsigned row, unsigned column, const char *text)
{
    for (; *text != '\0' && column < SCREEN_COLUMNS; text++, column++) {
        CELLS[row * SCREEN_COLUMNS + column] = cell(*text);
    }
}
