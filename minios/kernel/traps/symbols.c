// Names for addresses of code (see symbols.h).
//
// The file is text, one symbol a line, sorted by address:
//
//     ffffffff80101000 T trap_common
//     |                | |
//     address          | name
//                      t: only known in its own source file; T: known in all
//
// It is checked before it is used. Each line must be of this form, and a few functions
// must lie where this kernel has them: a disk may have the file of another kernel.
#include "traps/symbols.h"

#include "devices/console.h"
#include "disk/files.h"
#include "library/text.h"
#include "memory/heap.h"
#include "plugins/driver.h"
#include "plugins/names.h"

#define DIGITS    16  // of an address
#define NAME_AT   (DIGITS + 3)
#define SHORTEST  (NAME_AT + 2)  // a line with a name of one letter
#define NAME_MOST 40             // characters of a name that are shown

extern char kernel_text_start[], kernel_rodata_start[];  // kernel.ld

struct entry {
    uint64_t address;
    const char *name;
};

static struct entry *entries;  // sorted by address; NULL if there is no usable file
static uint32_t entry_count;

// ---- Reading the file.

static bool read_address(const char *digits, uint64_t *address)
{
    *address = 0;
    for (unsigned i = 0; i < DIGITS; i++) {
        char c = digits[i];
        bool is_letter = c >= 'a' && c <= 'f';
        if (!is_letter && (c < '0' || c > '9')) {
            return false;
        }
        *address = *address << 4 | (uint64_t)(is_letter ? c - 'a' + 10 : c - '0');
    }
    return true;
}

// Reads one line, and ends it with a NUL in place of the line feed. Returns the start of
// the next line, or NULL if this line has another form.
static char *read_line(char *line, const char *end, struct entry *entry)
{
    if (end - line <= NAME_AT || !read_address(line, &entry->address) ||
        line[DIGITS] != ' ' || line[NAME_AT - 1] != ' ') {
        return NULL;
    }
    char *at = line + NAME_AT;
    entry->name = at;
    while (at < end && *at > ' ' && *at < 0x7f) {
        at++;
    }
    if (at == end || *at != '\n' || at == entry->name) {
        return NULL;
    }
    *at = '\0';
    return at + 1;
}

// Fills in the entries, sorted as the lines are. Returns how many there are, 0 if a line
// has another form or place.
static uint32_t read_lines(char *text, size_t size, struct entry *found)
{
    const char *end = text + size;
    uint64_t before = 0;
    uint32_t count = 0;
    while (text < end) {
        text = read_line(text, end, &found[count]);
        if (text == NULL || found[count].address < before) {
            return 0;
        }
        before = found[count++].address;
    }
    return count;
}

// How many entries begin at or below an address.
static uint32_t count_up_to(uint64_t address)
{
    uint32_t low = 0, high = entry_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entries[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const char *name, uint64_t address)
{
    uint32_t count = count_up_to(address);
    return count > 0 && entries[count - 1].address == address &&
           text_equal(entries[count - 1].name, name);
}

static bool is_of_this_kernel(void)
{
    return is_at("symbols_read", (uint64_t)symbols_read) &&
           is_at("console_log", (uint64_t)console_log) &&
           is_at("kernel_rodata_start", (uint64_t)kernel_rodata_start);
}

void symbols_read(void)
{
    void *bytes;
    long size = files_read_whole(KERNEL_MAP_PATH, &bytes);
    if (size < 0) {
        return;
    }
    size_t most = (size_t)size / SHORTEST + 1;
    struct entry *found = heap_allocate_uncleared(most * sizeof(*found));
    if (found != NULL) {
        entry_count = read_lines(bytes, (size_t)size, found);
        entries = found;
        if (is_of_this_kernel()) {
            return;
        }
    }
    entries = NULL;
    entry_count = 0;
    heap_free(found);
    heap_free(bytes);
}

// ---- Finding a name.

static bool is_kernel(uint64_t address)
{
    return address >= (uint64_t)kernel_text_start &&
           address < (uint64_t)kernel_rodata_start;
}

bool symbol_is_code(uint64_t address)
{
    const struct driver *driver = driver_at_address(address);
    return driver == NULL ? is_kernel(address)
                          : address - driver->base < driver->text_size;
}

void symbol_module_name(const struct driver *driver, char name[NAME_SIZE])
{
    text_copy_stem(name, NAME_SIZE, driver->name);
}

static void put(char *text, const char *name, uint64_t offset, uint64_t size,
                const char *module)
{
    char shown[NAME_MOST + 1];
    text_copy(shown, sizeof(shown), name);
    text_format(text, SYMBOL_WORDS_SIZE, "%s+0x%lx/0x%lx%s%s%s", shown, offset, size,
                *module == '\0' ? "" : " [", module, *module == '\0' ? "" : "]");
}

void symbol_words(uint64_t address, char text[SYMBOL_WORDS_SIZE])
{
    const struct driver *driver = driver_at_address(address);
    text_format(text, SYMBOL_WORDS_SIZE, "0x%lx", address);
    if (driver != NULL) {
        char module[NAME_SIZE];
        uint64_t start, end;
        uint64_t offset = address - driver->base;
        symbol_module_name(driver, module);
        const char *name =
            offset < driver->text_size
                ? names_find(driver->names, (uint32_t)offset, &start, &end)
                : NULL;
        if (name != NULL) {
            end = end == 0 ? driver->text_size : end;
            put(text, name, offset - start, end - start, module);
        }
    } else if (is_kernel(address)) {
        uint32_t next = count_up_to(address);
        if (next > 0 && next < entry_count) {
            uint64_t start = entries[next - 1].address;
            put(text, entries[next - 1].name, address - start,
                entries[next].address - start, "");
        }
    }
}
