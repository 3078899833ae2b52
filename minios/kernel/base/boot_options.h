// Boot options: words such as `model=macos` on the kernel's command line, which the boot
// loader passes (minios/abi/boot_options.py).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Called once, by kernel_main. Copies the command line that the boot loader left in
// memory.
void boot_options_read(uint64_t start_info);

// Copies the value of `name=value`. Returns false if there is no such word.
[[nodiscard]] bool boot_option(const char *name, char *value, size_t size);

// Whether `word` is an option that still counts if it is added now: name=value, and not one
// that the kernel has read before it could read its disk.
[[nodiscard]] bool boot_option_may_be_added(const char *word);

// Adds words, which count more than those of the command line. Called at most once, with at
// most BOOT_ENTRY_WORDS_SIZE bytes, before any other thread reads an option.
void boot_options_add(const char *words);

// A day as the file system FAT encodes it. 0 if there is no such day.
//
//     15        9 8      5 4      0
//    | year-1980 | month  | day    |
uint16_t date_encode(uint64_t year, uint64_t month, uint64_t day);

// The day of `date=2024-07-19`, as the file system FAT encodes a date. FILE_DATE if
// there is no such option or it is no date. The machine has no clock that knows the
// day.
uint16_t boot_date(void);
