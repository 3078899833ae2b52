// The policy of the model that the boot option `model=` names (see policy.h).
#include "base/policy.h"

#include "base/boot_options.h"
#include "base/stop.h"
#include "library/text.h"
#include <minios/abi.h>

static const struct policy policies[] = {
#define POLICY_ROW(name, kinds) {name, kinds},
    POLICY_TABLE(POLICY_ROW)
#undef POLICY_ROW
};
static const struct policy *policy = &policies[MODEL_WINDOWS];
static uint32_t kinds;  // of plugins that are taken: bits 1 << SERVICE_

static void choose_kinds(void)
{
    static const char *const words[] = {SERVICE_WORDS};
    char list[64];
    kinds = policy->kinds;
    if (boot_option("plugins", list, sizeof(list))) {
        kinds = 0;
        for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            kinds |= text_lists(list, words[i]) ? 1U << i : 0;
        }
    }
}

static void choose_model(void)
{
    char model[16];
    if (!boot_option("model", model, sizeof(model))) {
        return;
    }
    for (unsigned i = 0; i < MODEL_COUNT; i++) {
        if (text_equal(policies[i].name, model)) {
            policy = &policies[i];
            return;
        }
    }
    stop_panic("the command line names a model that does not exist");
}

void policy_choose(void)
{
    choose_model();
    choose_kinds();
}

const struct policy *boot_policy(void)
{
    return policy;
}

bool policy_takes(uint32_t kind)
{
    return kinds & 1U << kind;
}
