// Boot options: the words of the kernel's command line (see boot_options.h).
#include "base/boot_options.h"

#include "base/direct_map.h"
#include "library/text.h"
#include <minios/abi.h>

#define PVH_MAGIC 0x336ec578U

// What a PVH boot loader leaves in memory: the first fields of struct hvm_start_info
// (Xen, public/arch-x86/hvm/start_info.h).
struct start_info {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t modules;
    uint64_t module_list;
    uint64_t command_line;
};

static char command_line[COMMAND_LINE_BYTES];
static char added[BOOT_ENTRY_WORDS_SIZE];  // by the boot menu

static bool find(const char *line, const char *name, char *value, size_t size)
{
    size_t length = strlen(name);
    for (const char *word = line; *word != '\0';) {
        const char *end = word;
        while (*end != '\0' && *end != ' ') {
            end++;
        }
        if ((size_t)(end - word) > length && memcmp(word, name, length) == 0 &&
            word[length] == '=') {
            size_t bytes = (size_t)(end - word) - length;  // value and NUL
            text_copy(value, bytes < size ? bytes : size, word + length + 1);
            return true;
        }
        word = *end == ' ' ? end + 1 : end;
    }
    return false;
}

bool boot_option(const char *name, char *value, size_t size)
{
    return find(added, name, value, size) || find(command_line, name, value, size);
}

bool boot_option_may_be_added(const char *word)
{
    // Those that policy_choose, heap_initialize and files_mount have read. NULL: another.
    static const char *const used[] = {
#define EARLY_OPTION(name, form, is_early, values, words) (is_early) ? (name) : NULL,
        BOOT_OPTION_TABLE(EARLY_OPTION)
#undef EARLY_OPTION
    };
    char name[NAME_SIZE];
    size_t length = 0;
    while (word[length] != '=' && word[length] != '\0') {
        length++;
    }
    if (length == 0 || length >= sizeof(name) || word[length] == '\0') {
        return false;
    }
    text_copy(name, length + 1, word);
    for (size_t i = 0; i < COUNT(used); i++) {
        if (used[i] != NULL && text_equal(name, used[i])) {
            return false;
        }
    }
    return true;
}

void boot_options_add(const char *words)
{
    text_copy(added, sizeof(added), words);
}

uint16_t date_encode(uint64_t year, uint64_t month, uint64_t day)
{
    bool is_day = year >= 1980 && year <= 2107 && month >= 1 && month <= 12 &&
                  day >= 1 && day <= 31;
    return is_day ? (uint16_t)((year - 1980) << 9 | month << 5 | day) : 0;
}

uint16_t boot_date(void)
{
    char text[16];
    if (!boot_option("date", text, sizeof(text)) ||
        strlen(text) != strlen("YYYY-MM-DD")) {
        return FILE_DATE;
    }
    uint64_t year = text_number(text), month = text_number(text + strlen("YYYY-"));
    uint64_t day = text_number(text + strlen("YYYY-MM-"));
    uint16_t date = date_encode(year, month, day);
    return date == 0 ? FILE_DATE : date;
}

void boot_options_read(uint64_t start_info)
{
    const struct start_info *info = physical_pointer(start_info);
    if (info->magic == PVH_MAGIC && info->command_line != 0) {
        text_copy(command_line, sizeof(command_line),
                  physical_pointer(info->command_line));
    }
}
