// Names for addresses of code: from 0xffffffff80112345 to "evaluate+0x4f/0x1a0".
//
// Linux calls this kallsyms. The names of the kernel's own functions lie in a file on the
// disk (KERNEL_MAP_PATH), in the format of System.map. The names in a module come from
// its object file (plugins/object.c keeps them). Both only where an oops is told as Linux
// tells it: other models pay nothing for it.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct driver;

#define SYMBOL_WORDS_SIZE 80  // bytes for symbol_words, with the NUL

// Called once, by the first thread, as soon as the disk can be read. Without the file, or
// with one of another kernel, functions of the kernel have no names.
void symbols_read(void);

// Whether there is code at this address: the kernel's or a module's.
[[nodiscard]] bool symbol_is_code(uint64_t address);

// "evaluate+0x4f/0x1a0 [sentinel]": the function, the offset in it, its size, and its
// module if it has one. The size reaches to the next function, as in Linux. An address
// without a name stays a number: "0xffffffff80112345".
void symbol_words(uint64_t address, char text[SYMBOL_WORDS_SIZE]);

// What a module is called: its file's name without the ending, "sentinel".
void symbol_module_name(const struct driver *driver, char name[NAME_SIZE]);
