// The policy: what the model of this machine allows. One kernel plays several operating
// systems, and each is one row of a table (minios/abi/policies.py).
#pragma once

#include <stdbool.h>
#include <stdint.h>

// What a model without drivers does with one: a step in which macOS has retired them.
struct kext_stage {
    const char *name;
    bool operator_approves;  // it loads if the operator has approved it
    bool warns;              // ... with a warning
    bool waits;              // ... and only from the next start on, while that goes on
};

struct policy {
    const char *name;
    uint32_t kinds;        // of plugins that it takes: bits 1 << SERVICE_
    uint32_t after_fault;  // AFTER_FAULT_: what follows a fault of ring 0
    bool hooks_on_caller;  // a driver hears of an event on the thread that caused it
    bool has_modules;      // drivers are modules: plugins/modules.c
    bool has_boot_menu;    // command lines to choose from, instead of recovery
    bool has_feed;         // ring 3 may subscribe to security events
};

// Called once, by kernel_main, after the boot options were read.
void policy_choose(void);

const struct policy *boot_policy(void);

// The step that the boot option `kexts=` names. It counts only if the kernel takes no
// drivers otherwise.
const struct kext_stage *policy_kexts(void);

// Whether this machine takes plugins of this kind (SERVICE_): those of its model, or
// those that the boot option `plugins=` names instead.
[[nodiscard]] bool policy_takes(uint32_t kind);
