// The policy: what the model of this machine allows. One kernel plays several operating
// systems, and each is one row of a table (minios/abi/policies.py).
#ifndef BASE_POLICY_H
#define BASE_POLICY_H

#include <stdbool.h>

// What a model allows to third parties: drivers in ring 0, extensions in ring 3
// (minios/abi/policies.py).
struct policy {
    const char *name;
    bool drivers;
    bool extensions;
};

// Called once, by kernel_main, after the boot options were read.
void policy_choose(void);

const struct policy *boot_policy(void);

#endif
