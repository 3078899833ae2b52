// Maps: memory of eBPF programs that outlives a call. map.c has arrays, hash maps and data
// sections, ring.c ring buffers.
//
// A program uses a map at IRQL_DISPATCH. Whoever else uses one raises to this level first:
// then no program can be in the middle of a change.
#pragma once

#include <minios/abi.h>

struct bpf_map {
    char name[NAME_SIZE];
    uint32_t kind;  // BPF_MAP_
    uint32_t key_size, value_size, entries;
    uint32_t flags;   // BPF_MAP_READ_ONLY
    uint32_t in_use;  // entries with a value
    uint64_t walked;  // entries of chains that were looked at, since it was made
    void *storage;    // of the kind of map
};

// What is wrong with the sizes of a map, in one sentence. NULL: nothing is wrong.
const char *bpf_map_trouble(const struct bpf_image_map *row);

// Makes a map from its row of an image, with its first bytes if it is a data section.
// -ERROR_BAD_ARGUMENT: sizes that this kind cannot have; -ERROR_NO_MEMORY.
[[nodiscard]] long bpf_map_create(const struct bpf_image_map *row, const void *data,
                                  struct bpf_map **map);
void bpf_map_destroy(struct bpf_map *map);

// The value of a key, or NULL. It stays readable until the map is destroyed: of a hash map
// also after its key was deleted, so that a program may still use it. (Its place may get
// another key in the meantime: then the program sees the value of that one.) A data
// section has one value, and its key has 0 bytes.
void *bpf_map_lookup(struct bpf_map *map, const void *key);

// Puts a value into the map; `flags` is one of BPF_UPDATE_.
//
//     -ERROR_BAD_ARGUMENT   no such flag, or an index past the end of an array
//     -ERROR_EXISTS         BPF_UPDATE_ONLY_NEW, and the key is there (of an array: always)
//     -ERROR_NOT_FOUND      BPF_UPDATE_ONLY_OLD, and it is not
//     -ERROR_NO_MEMORY      all entries of a hash map are in use
[[nodiscard]] long bpf_map_update(struct bpf_map *map, const void *key,
                                  const void *value, uint64_t flags);

// Takes a key out of a hash map. -ERROR_NOT_FOUND: it is not there. -ERROR_BAD_ARGUMENT:
// the map is no hash map.
[[nodiscard]] long bpf_map_delete(struct bpf_map *map, const void *key);

// The key that comes after this one, in the order of the entries' places. The first one if
// `key` is NULL, or is not in the map. -ERROR_NOT_FOUND: it was the last.
[[nodiscard]] long bpf_map_next(struct bpf_map *map, const void *key, void *next);

// The only value of a data section.
void *bpf_map_data(struct bpf_map *map);
