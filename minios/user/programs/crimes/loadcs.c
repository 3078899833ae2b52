// Jumps to the code segment of the kernel, to get into ring 0. But a far jump cannot
// change the ring: the CPU raises #GP.
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
