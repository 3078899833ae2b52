// The boot menu's command lines. The file /SYSTEM/BOOT.CFG has one entry a line, a name
// and the boot options that it adds to those of the machine:
//
//     # comments and empty lines count for nothing
//     current    panic=10
//     previous
//     *blocklist module_blacklist=sentinel
//
// The entry with a * is the default; without a *, the first one is. Every start takes the
// default, unless a person chooses another entry in the menu (user/programs/bootmenu/), or
// types other words for this start alone. A word of an entry counts more than the same word of
// the machine's own command line. The boot loader GRUB keeps such a file on a machine with
// Linux; there the lines also name the kernel, of which minios has only one.
//
// The file may have been written by anybody, so it has bounds, and a mistake in it is never
// more than a sentence: then the start takes the machine's own words alone.
#include "disk/boot_entries.h"

#include "base/boot_options.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "disk/files.h"
#include "library/text.h"
#include "memory/heap.h"

static struct boot_entry entries[BOOT_ENTRIES_LIMIT];
static unsigned count;
static bool is_offered;  // a program may choose now
static bool is_chosen;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// Copies characters up to a blank or the end. NULL: too many, or a control character.
static const char *take_word(const char *at, char *word, size_t size)
{
    size_t length = 0;
    for (; *at != '\0' && !is_blank(*at); at++) {
        if (length + 1 == size || (uint8_t)*at <= ' ' || (uint8_t)*at >= 0x7f) {
            return NULL;
        }
        word[length++] = *at;
    }
    word[length] = '\0';
    return at;
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at)) {
        at++;
    }
    return at;
}

// Understands the words of an entry. Returns what is wrong with them, or NULL.
static const char *parse_words(const char *line, char words[BOOT_ENTRY_WORDS_SIZE])
{
    size_t used = 0;
    words[0] = '\0';
    while (*(line = skip_blanks(line)) != '\0') {
        if (used > 0 && used + 1 < BOOT_ENTRY_WORDS_SIZE) {
            words[used++] = ' ';
        }
        line = take_word(line, words + used, BOOT_ENTRY_WORDS_SIZE - used);
        if (line == NULL) {
            return "the words have at most 119 printable characters";
        }
        if (!boot_option_may_be_added(words + used)) {
            return "a word is no option, or one that this start has used already";
        }
        used += strlen(words + used);
    }
    return NULL;
}

// Understands one line. Returns what is wrong with it, or NULL.
static const char *parse(const char *line, struct boot_entry *entry)
{
    *entry = (struct boot_entry){0};
    line = skip_blanks(line);
    if (*line == '*') {
        entry->is_default = 1;
        line++;
    }
    line = take_word(line, entry->name, sizeof(entry->name));
    if (line == NULL || entry->name[0] == '\0') {
        return "a name has at most 15 printable characters, and at least one";
    }
    return parse_words(line, entry->words);
}

// The number of the default. The first entry if no other is.
static unsigned default_entry(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (entries[i].is_default) {
            return i;
        }
    }
    return 0;
}

static bool is_known(const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (text_equal(entries[i].name, name)) {
            return true;
        }
    }
    return false;
}

// Takes one line into the table. Returns what is wrong with it, or NULL.
static const char *take(const char *line)
{
    struct boot_entry entry;
    const char *wrong = parse(line, &entry);
    if (wrong != NULL) {
        return wrong;
    }
    if (count == BOOT_ENTRIES_LIMIT) {
        return "there are more than 8 entries";
    }
    if (is_known(entry.name)) {
        return "there is such an entry already";
    }
    if (entry.is_default && count > 0 && entries[default_entry()].is_default) {
        return "another entry is the default already";
    }
    entries[count++] = entry;
    return NULL;
}

// Whether a line counts for nothing, so that its words are not looked at.
static bool is_comment(const char *line)
{
    line = skip_blanks(line);
    return *line == '\0' || *line == '#';
}

// Takes all lines, up to the first that has a mistake. `text` is cut into lines by that.
static void take_all(char *text, size_t size)
{
    unsigned number = 1;
    for (char *line = text; line < text + size; number++) {
        char *end = line;
        while (end < text + size && *end != '\n') {
            end++;
        }
        *end = '\0';  // at the end of the text there is a NUL already
        const char *wrong = strlen(line) < (size_t)(end - line) ? "it has a NUL in it"
                            : is_comment(line)                  ? NULL
                                                                : take(line);
        if (wrong != NULL) {
            console_log("start: %s, line %u: %s; it is not used", BOOT_MENU_PATH,
                        number, wrong);
            count = 0;
            return;
        }
        line = end + 1;
    }
    if (count == 0) {
        console_log("start: %s has no entry; it is not used", BOOT_MENU_PATH);
    }
    entries[default_entry()].is_default = 1;
}

static void read(void)
{
    char *text;
    struct file_status status;
    if (files_status(BOOT_MENU_PATH, &status) < 0) {
        return;
    }
    if (status.size > BOOT_MENU_BYTES) {
        console_log("start: %s is longer than %u bytes; it is not used", BOOT_MENU_PATH,
                    BOOT_MENU_BYTES);
        return;
    }
    long size = files_read_whole(BOOT_MENU_PATH, (void **)&text);
    if (size < 0) {
        console_log("start: %s cannot be read, error %ld", BOOT_MENU_PATH, -size);
        return;
    }
    take_all(text, (size_t)size);
    heap_free(text);
}

unsigned boot_entries_read(void)
{
    count = 0;
    read();
    return count;
}

bool boot_entry_query(uint32_t index, struct boot_entry *entry)
{
    if (index >= count) {
        return false;
    }
    *entry = entries[index];
    return true;
}

void boot_entries_offer(bool offers)
{
    is_offered = offers;
}

static void use(const struct boot_entry *entry, const char *words)
{
    struct record record = {.kind = RECORD_BOOT_ENTRY};
    text_copy(record.name, sizeof(record.name), entry->name);
    text_copy(record.text, sizeof(record.text), words);
    is_chosen = true;
    boot_options_add(words);
    console_log("start: entry %s: %s", entry->name,
                words[0] == '\0' ? "adds nothing" : words);
    beacon_report(&record);
}

long boot_entry_choose(uint32_t index, const char *words)
{
    char checked[BOOT_ENTRY_WORDS_SIZE];
    // The menu may have made another entry the default since the file was read.
    if (!is_offered || is_chosen || index >= boot_entries_read()) {
        return -ERROR_BAD_ARGUMENT;
    }
    if (words == NULL) {
        use(&entries[index], entries[index].words);
        return 0;
    }
    if (parse_words(words, checked) != NULL) {
        return -ERROR_BAD_ARGUMENT;
    }
    use(&entries[index], checked);
    return 0;
}

void boot_entry_choose_default(void)
{
    const struct boot_entry *entry = &entries[default_entry()];
    if (!is_chosen && count > 0 && entry->words[0] != '\0') {
        use(entry, entry->words);
    }
}
