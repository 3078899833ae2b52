// Boot options that a person types in the boot menu: which there are, whether a word is one
// of them, and how typed words and those of an entry become one line.
//
// The kernel checks the words once more (kernel/disk/boot_entries.c). But a person wants to
// know which word is wrong, and a kernel ignores options that it does not know.
#include "typed.h"

#include "console.h"
#include "string.h"
#include <minios/abi.h>
#include <stdint.h>

static const struct option {
    const char *name;
    enum boot_option_form form;
    bool is_early;  // the kernel has used it before it could read its disk
    const char *values;
    const char *words;
} options[] = {
#define OPTION(name, form, is_early, values, words) \
    {name, form, is_early, values, words},
    BOOT_OPTION_TABLE(OPTION)
#undef OPTION
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

void options_list(void)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!options[i].is_early) {
            say("  %-16s %s", options[i].name, options[i].words);
            say("  %-16s   (%s)", "", options[i].values);
        }
    }
}

// How many characters there are before a blank, or before `end`.
static size_t length_until(const char *word, char end)
{
    size_t length = 0;
    while (word[length] != '\0' && word[length] != ' ' && word[length] != end) {
        length++;
    }
    return length;
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ') {
        text++;
    }
    return text;
}

static const struct option *find(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strlen(options[i].name) == length &&
            memcmp(options[i].name, name, length) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

// Whether a value has the form of its option: "10", or "-1" if it may be below 0.
static bool value_is_good(const struct option *option, const char *value, size_t length)
{
    size_t at = 0;
    if (option->form == BOOT_OPTION_TEXT) {
        return length > 0;
    }
    if (option->form == BOOT_OPTION_WHOLE_NUMBER && length > 0 && value[0] == '-') {
        at = 1;
    }
    bool has_digits = length > at && length - at <= 9;
    while (at < length && value[at] >= '0' && value[at] <= '9') {
        at++;
    }
    return has_digits && at == length;
}

// Whether one word is good. `length` is that of the whole word.
static bool word_is_good(const char *word, size_t length)
{
    char shown[BOOT_ENTRY_WORDS_SIZE];
    size_t name = length_until(word, '=');
    (void)string_copy(shown, length < sizeof(shown) ? length + 1 : sizeof(shown), word);
    const struct option *option = find(word, name);
    if (name == length) {
        say("%s: write an option as NAME=VALUE, such as panic=0", shown);
        return false;
    }
    if (option == NULL) {
        say("%s: there is no such boot option; `options` lists them", shown);
        return false;
    }
    if (option->is_early) {
        say("%s: too late, this start has used %s already", shown, option->name);
        return false;
    }
    if (!value_is_good(option, word + name + 1, length - name - 1)) {
        say("%s: %s is %s", shown, option->name, option->values);
        return false;
    }
    return true;
}

bool options_are_good(const char *words)
{
    for (words = skip_blanks(words); *words != '\0'; words = skip_blanks(words)) {
        size_t length = length_until(words, ' ');
        if (!word_is_good(words, length)) {
            return false;
        }
        words += length;
    }
    return true;
}

// Whether a line of options has one with the name of this word.
static bool has_option(const char *words, const char *wanted)
{
    size_t length = length_until(wanted, '=');
    for (words = skip_blanks(words); *words != '\0'; words = skip_blanks(words)) {
        if (length_until(words, '=') == length && memcmp(words, wanted, length) == 0) {
            return true;
        }
        words += length_until(words, ' ');
    }
    return false;
}

bool options_join(char *joined, size_t size, const char *typed, const char *entry)
{
    bool fits = string_copy(joined, size, skip_blanks(typed));
    size_t used = strlen(joined);
    for (entry = skip_blanks(entry); fits && *entry != '\0';
         entry = skip_blanks(entry)) {
        size_t length = length_until(entry, ' ');
        if (!has_option(typed, entry)) {
            size_t blank = used > 0;
            fits = used + blank + length < size;
            if (fits) {
                memcpy(joined + used, " ", blank);
                memcpy(joined + used + blank, entry, length);
                used += blank + length;
                joined[used] = '\0';
            }
        }
        entry += length;
    }
    if (!fits) {
        say("an entry has room for %u characters of options", (uint32_t)size - 1);
    }
    return fits;
}
