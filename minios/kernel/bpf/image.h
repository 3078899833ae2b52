// Images: the files in which eBPF objects reach the kernel. abi/bpf.py draws the layout.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where the parts of an image lie.
struct bpf_image_parts {
    const struct bpf_image *header;
    const struct bpf_image_program *programs;
    const struct bpf_image_map *maps;
    const struct bpf_instruction *code;
    const struct bpf_image_line *lines;
    const uint8_t *data;
    const char *texts;
};

// What is wrong with an image, in one sentence. NULL: each part lies inside it, and all
// names are texts that can be printed. (What the kinds of maps want is said by
// bpf_map_trouble, what instructions do by the verifier.)
[[nodiscard]] const char *bpf_image_trouble(const void *bytes, size_t size,
                                            struct bpf_image_parts *parts);

// Whether this is a name: 1 to 31 letters, digits and signs, without blanks, and a NUL.
[[nodiscard]] bool bpf_is_name(const char name[NAME_SIZE]);
