// Jumps to the kernel's code segment, to be in ring 0: a far jump cannot change rings.
// Expect: #GP 0x8
#include "crime.h"

static const struct [[gnu::packed]] {
    uint32_t offset;
    uint16_t selector;
} target = {USER_IMAGE, SEGMENT_KERNEL_CODE};

int main(void)
{
    __asm__ volatile("ljmp *%0" ::"m"(target));
    return crime_unpunished();
}
