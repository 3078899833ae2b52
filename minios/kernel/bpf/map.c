// Maps (see map.h): data sections.
#include "bpf/map.h"

#include "library/text.h"
#include "memory/heap.h"

long bpf_map_create(const struct bpf_image_map *row, const void *data,
                    struct bpf_map **map)
{
    if (row->kind != BPF_MAP_DATA || row->value_size == 0 ||
        row->value_size > BPF_MAP_BYTES || row->data_size > row->value_size) {
        return -ERROR_BAD_ARGUMENT;
    }
    struct bpf_map *new = heap_allocate(sizeof(*new));
    void *storage = heap_allocate(row->value_size);
    if (new == NULL || storage == NULL) {
        heap_free(new);
        heap_free(storage);
        return -ERROR_NO_MEMORY;
    }
    memcpy(storage, data, row->data_size);
    *new = (struct bpf_map){
        .kind = row->kind,
        .value_size = row->value_size,
        .entries = 1,
        .flags = row->flags,
        .in_use = 1,
        .storage = storage,
    };
    text_copy(new->name, sizeof(new->name), row->name);
    *map = new;
    return 0;
}

void bpf_map_destroy(struct bpf_map *map)
{
    if (map != NULL) {
        heap_free(map->storage);
        heap_free(map);
    }
}

void *bpf_map_lookup(struct bpf_map *map, const void *key)
{
    (void)map;
    (void)key;
    return NULL;
}

long bpf_map_update(struct bpf_map *map, const void *key, const void *value,
                    uint64_t flags)
{
    (void)map;
    (void)key;
    (void)value;
    (void)flags;
    return -ERROR_NOT_IMPLEMENTED;
}

long bpf_map_delete(struct bpf_map *map, const void *key)
{
    (void)map;
    (void)key;
    return -ERROR_NOT_IMPLEMENTED;
}

void *bpf_map_data(struct bpf_map *map)
{
    return map->storage;
}
