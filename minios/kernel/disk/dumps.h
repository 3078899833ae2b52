// The dump of the last crash becomes a file.
#pragma once

// Copies the dump from the reserved sectors to a file in DUMPS_FOLDER, unless there is
// no dump or it was copied before. Called by main.c and by boot_mode.c.
void dumps_take_over(void);
