// The boot menu's command lines, as a file on the disk keeps them.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Reads the file. Called once, before any driver runs. If there is no file, or it has a
// mistake, there are no entries; a mistake is said on the console in one sentence. Returns how many
// entries there are.
[[nodiscard]] unsigned boot_entries_read(void);

// The index-th entry, or false.
[[nodiscard]] bool boot_entry_query(uint32_t index, struct boot_entry *entry);

// From here on (true) until it is taken back, a program may choose.
void boot_entries_offer(bool offers);

// Adds the words of an entry to the boot options of this start, or `words` in place of them
// if that is not NULL. At most once a start. -ERROR_BAD_ARGUMENT: there is no such entry, a
// word is none that may be added, or it is not the time to choose.
[[nodiscard]] long boot_entry_choose(uint32_t index, const char *words);

// The same with the default, if nobody has chosen. Nothing is said if it
// adds no words.
void boot_entry_choose_default(void);
