// Maps: memory of eBPF programs that outlives a call. map.c has arrays, hash maps and data
// sections, ring.c ring buffers.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct bpf_map {
    char name[NAME_SIZE];
    uint32_t kind;  // BPF_MAP_
    uint32_t key_size, value_size, entries;
    uint32_t flags;   // BPF_MAP_READ_ONLY
    uint32_t in_use;  // entries with a value
    void *storage;    // of the kind of map
};

// Makes a map from its row of an image, with its first bytes if it is a data section.
// -ERROR_BAD_ARGUMENT: sizes that this kind cannot have; -ERROR_NO_MEMORY.
[[nodiscard]] long bpf_map_create(const struct bpf_image_map *row, const void *data,
                                  struct bpf_map **map);
void bpf_map_destroy(struct bpf_map *map);

// The value of a key, or NULL. It stays where it is until the map is destroyed: of a hash
// map also after its key was deleted, so that a program may still use it.
void *bpf_map_lookup(struct bpf_map *map, const void *key);
[[nodiscard]] long bpf_map_update(struct bpf_map *map, const void *key,
                                  const void *value, uint64_t flags);
[[nodiscard]] long bpf_map_delete(struct bpf_map *map, const void *key);

// The only value of a data section.
void *bpf_map_data(struct bpf_map *map);
