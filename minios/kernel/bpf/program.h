// eBPF programs and objects, as the kernel holds them. abi/bpf.py says what an image is.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct bpf_map;
struct event_client;

struct bpf_program {
    struct bpf_object *object;
    char name[NAME_SIZE];
    uint32_t hook;                       // BPF_HOOK_
    uint32_t count;                      // of instructions
    const struct bpf_instruction *code;  // in the object's own copy of the image
    uint32_t first;                      // its first instruction, in the image
    uint64_t visits;                     // what the verifier has looked at
    uint32_t inside;                     // calls that have not returned (hooks.c)
    uint32_t memory_size;                // TEST: of the memory that R1 points to
};

// What the kernel counts about one program.
struct bpf_statistics {
    uint64_t last_process;         // who caused the last event; 0 = the kernel itself
    uint64_t runs, steps, denied;  // see struct bpf_entry
};

// What was loaded at once, and is removed at once.
struct bpf_object {
    char name[NAME_SIZE];
    uint8_t
        *image;     // the kernel's own copy: nobody can change it after it was verified
    uint64_t load;  // which one since the start
    uint32_t program_count, map_count, line_count;
    struct bpf_program programs[BPF_PROGRAMS_LIMIT];
    struct bpf_map *maps[BPF_MAPS_LIMIT];
    struct event_client *client;        // NULL while no event calls them
    struct bpf_statistics *statistics;  // of each program; NULL: no event calls them
    const struct bpf_image_line *lines;
    const char *texts;
};

// Where an instruction of a program comes from: "naive.c:12". "" if nobody knows.
void bpf_source_line(const struct bpf_program *program, uint32_t at, char *text,
                     size_t size);
