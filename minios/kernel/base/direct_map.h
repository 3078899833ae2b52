// The direct map: all of RAM, mapped one after the other at DIRECT_MAP.
//
//     virtual    DIRECT_MAP            DIRECT_MAP + RAM_BYTES
//                |                     |
//     physical   0                     RAM_BYTES
//
// The CPU uses virtual addresses only, in ring 0, too. Page tables, boot loaders and
// devices speak of physical ones. This is how the kernel reaches those.
#pragma once

#include <minios/abi.h>

// The virtual address at which the kernel finds a physical one.
static inline void *physical_pointer(uint64_t physical)
{
    return (void *)(DIRECT_MAP + physical);
}
