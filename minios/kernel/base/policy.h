// The policy: what the model of this machine allows. One kernel plays several operating
// systems, and each is one row of a table (minios/abi/policies.py).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct policy {
    const char *name;
    uint32_t kinds;        // of plugins that it takes: bits 1 << SERVICE_
    uint32_t after_fault;  // AFTER_FAULT_: what follows a fault of ring 0
};

// Called once, by kernel_main, after the boot options were read.
void policy_choose(void);

const struct policy *boot_policy(void);

// Whether this machine takes plugins of this kind (SERVICE_): those of its model, or
// those that the boot option `plugins=` names instead.
[[nodiscard]] bool policy_takes(uint32_t kind);
