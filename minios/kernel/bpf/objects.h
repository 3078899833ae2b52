// Loaded eBPF objects: loading, listing and removing them, and who calls their programs.
#pragma once

#include "bpf/log.h"
#include "bpf/map.h"
#include "bpf/program.h"
#include <minios/abi.h>

// Verifies an image and loads it under that name. All of its programs are called from then
// on, or nothing has changed. `visits` is how many instructions the verifier has looked at.
//
//     -ERROR_BAD_IMAGE      the image is damaged, or too large
//     -ERROR_BAD_ARGUMENT   the name is empty or cannot be printed
//     -ERROR_EXISTS         there is an object of that name
//     -ERROR_NO_MEMORY      there are BPF_OBJECTS_LIMIT, or memory is short
//     -ERROR_NO_SLOT        there are too many clients of the security events
//     -ERROR_UNSAFE         the verifier has refused a program: the log says why
//
// BPF_LOAD_CHECK_ONLY: verifies, and loads nothing.
[[nodiscard]] long bpf_object_load(const char *name, const void *image, size_t size,
                                   uint32_t flags, struct bpf_log *log,
                                   uint64_t *visits);

// -ERROR_NOT_FOUND; -ERROR_BUSY: a thread has died inside of one of its programs.
[[nodiscard]] long bpf_object_remove(const char *name);

// Runs the only program of an image once (request->image and the pointers are not used).
[[nodiscard]] long bpf_object_run(const void *image, size_t size, void *memory,
                                  struct bpf_request *request, struct bpf_log *log);

// The index-th loaded program. False past the last.
[[nodiscard]] bool bpf_program_query(uint32_t index, struct bpf_entry *entry);

// The index-th map of the loaded objects. False past the last.
[[nodiscard]] bool bpf_map_query(uint32_t index, struct bpf_map_entry *entry);

// Calls the function with each map of that name, of the object of that name (NULL: any),
// until it returns something else than -ERROR_NOT_FOUND, and returns this. It is called at
// IRQL_DISPATCH: no program runs meanwhile.
typedef long bpf_map_use(const struct bpf_object *object, struct bpf_map *map,
                         void *argument);
[[nodiscard]] long bpf_maps_use(const char *object, const char *map, bpf_map_use *use,
                                void *argument);
