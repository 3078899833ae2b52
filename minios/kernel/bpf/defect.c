// Which defect was planted (see defect.h). The command line is read when somebody asks for
// the first time: a machine without eBPF programs never does.
#include "bpf/defect.h"

#include "base/boot_options.h"
#include "library/text.h"

static const char *const names[] = {BPF_DEFECT_WORDS};

static uint32_t chosen = COUNT(names);  // COUNT(names): nobody has asked yet

static uint32_t choose(void)
{
    char name[NAME_SIZE];
    if (!boot_option("bpf_defect", name, sizeof(name))) {
        return BPF_DEFECT_NONE;
    }
    uint32_t found = text_find(name, names, COUNT(names));
    return found < COUNT(names) ? found : BPF_DEFECT_NONE;
}

bool bpf_defect_is(uint32_t defect)
{
    if (chosen == COUNT(names)) {
        chosen = choose();
    }
    return chosen == defect;
}
