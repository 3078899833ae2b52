// The policy of the model that the boot option `model=` names (see policy.h).
#include "base/policy.h"

#include "base/boot_options.h"
#include "base/stop.h"
#include "library/text.h"

#define POLICY_ROW(...)        {__VA_ARGS__},
#define POLICY_NAME(name, ...) name,
static const struct policy policies[] = {POLICY_TABLE(POLICY_ROW)};
static const char *const names[] = {POLICY_TABLE(POLICY_NAME)};
static const char *const kinds[] = {SERVICE_WORDS};
static const char *const consequences[] = {AFTER_FAULT_WORDS};

#define STAGE_ROW(name, approves, warns, waits) {name, approves, warns, waits},
static const struct kext_stage stages[] = {KEXT_STAGE_TABLE(STAGE_ROW)};
static const char *const stage_names[] = {KEXTS_WORDS};

static const struct kext_stage *kexts = &stages[KEXTS_BY_DEFAULT];
static struct policy policy;  // written once, by policy_choose

static uint32_t index_of(const char *option, const char *word, const char *const *words,
                         uint32_t count)
{
    uint32_t index = text_find(word, words, count);
    if (index == count) {
        static char why[96];
        text_format(why, sizeof(why), "boot option %s: there is no '%s'", option, word);
        stop_panic(why);
    }
    return index;
}

// Which of these words the command line has for an option; `usual` if it has none.
static uint32_t choose_by_boot_option(const char *name, const char *const *words,
                                      uint32_t count, uint32_t usual)
{
    char word[16];
    return boot_option(name, word, sizeof(word)) ? index_of(name, word, words, count)
                                                 : usual;
}

// The kinds of plugins that the boot option `plugins=` lists; `usual` without it.
static uint32_t kinds_by_boot_option(uint32_t usual)
{
    char list[64];
    uint32_t taken = 0;
    if (!boot_option("plugins", list, sizeof(list))) {
        return usual;
    }
    for (char *word = list; *word != '\0' && !text_equal(list, "none");) {
        char *end = word;
        while (*end != '\0' && *end != ',') {
            end++;
        }
        char *next = *end == ',' ? end + 1 : end;
        *end = '\0';
        taken |= 1U << index_of("plugins", word, kinds, COUNT(kinds));
        word = next;
    }
    return taken;
}

void policy_choose(void)
{
    policy = policies[choose_by_boot_option("model", names, COUNT(names), 0)];
    uint32_t usual = policy.kinds;
    policy.kinds = kinds_by_boot_option(usual);
    if (policy.kinds != usual) {
        policy.has_feed = policy_takes(SERVICE_EXTENSION);
    }
    policy.after_fault = choose_by_boot_option("after_fault", consequences,
                                               COUNT(consequences), policy.after_fault);
    kexts = &stages[choose_by_boot_option("kexts", stage_names, COUNT(stage_names),
                                          KEXTS_BY_DEFAULT)];
}

const struct kext_stage *policy_kexts(void)
{
    return kexts;
}

const struct policy *boot_policy(void)
{
    return &policy;
}

bool policy_takes(uint32_t kind)
{
    return policy.kinds & 1U << kind;
}
