// The policy of the model that the boot option `model=` names (see policy.h).
#include "base/policy.h"

#include "base/boot_options.h"
#include "base/stop.h"
#include "library/text.h"
#include <minios/abi.h>

static const struct policy policies[] = {
#define POLICY_ROW(name, drivers, extensions) {name, drivers, extensions},
    POLICY_TABLE(POLICY_ROW)
#undef POLICY_ROW
};
static const struct policy *policy = &policies[MODEL_WINDOWS];

void policy_choose(void)
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

const struct policy *boot_policy(void)
{
    return policy;
}
