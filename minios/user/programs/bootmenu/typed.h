// Boot options that a person types in the boot menu.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Prints the options that may be typed, and what they are for.
void options_list(void);

// Whether every word is an option that counts if it is given now. If not, says which word is
// wrong and why.
bool options_are_good(const char *words);

// Writes the words that were typed, and after them those of the entry that name other
// options. Returns whether all of them fitted; if not, says so.
bool options_join(char *joined, size_t size, const char *typed, const char *entry);
