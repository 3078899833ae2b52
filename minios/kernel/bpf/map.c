// Maps (see map.h): arrays, hash maps and data sections.
//
// All memory of a map is allocated when the map is made. So an update never fails because
// the heap is empty, and a program can run where nothing may wait for memory.
//
//   array, data    | value 0 | value 1 | value 2 | ...
//
//   hash map       struct table: which entry is the first of a chain, and
//                  | next, key, value | next, key, value | ...    one entry after the other
//
// A key has a chain: the low bits of its CRC-32 say which. Keys with the same bits are in
// the same chain. Entries that hold no key are in a queue: the one that was free for the
// longest time is used first. So a value that was deleted stays as it is for as long as
// possible, and the same calls always lead to the same places.
//
// Keys and values begin at multiples of 8, because a program may change their bytes by an
// atomic instruction, which must not cross such a border.
#include "bpf/map.h"

#include "bpf/ring.h"
#include "library/crc32.h"
#include "library/text.h"
#include "memory/heap.h"

#define NO_ENTRY UINT32_MAX

// An entry of a hash map. The key follows it, and then the value.
struct entry {
    uint32_t next;  // in its chain, or in the queue of free entries
    uint32_t is_used;
    uint8_t bytes[];
};

struct table {
    uint32_t chains;                 // a power of 2
    uint32_t first_free, last_free;  // the queue of free entries
    uint32_t reserved;
    uint8_t *entries;
    uint32_t first[];  // of each chain
};

static size_t round_up(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

// ---- Which sizes a map may have. Nothing in a row was checked before.

static const char *trouble_of_hash(const struct bpf_image_map *row)
{
    if (row->key_size == 0 || row->key_size > BPF_KEY_BYTES) {
        return "a hash map has keys of 1 to 64 bytes";
    }
    if (row->value_size == 0 || row->value_size > BPF_VALUE_BYTES) {
        return "its values have 1 to 4096 bytes";
    }
    return NULL;
}

static const char *trouble_of_array(const struct bpf_image_map *row)
{
    if (row->key_size != sizeof(uint32_t)) {
        return "the key of an array is an index of 4 bytes";
    }
    if (row->value_size == 0 || row->value_size > BPF_VALUE_BYTES) {
        return "its values have 1 to 4096 bytes";
    }
    return NULL;
}

static const char *trouble_of_data(const struct bpf_image_map *row)
{
    if (row->key_size != 0 || row->entries != 1) {
        return "a data section is one value without a key";
    }
    if (row->value_size == 0 || row->data_size > row->value_size) {
        return "a data section is as large as the bytes that it begins with";
    }
    return NULL;
}

static const char *trouble_of_ring(const struct bpf_image_map *row)
{
    if (row->key_size != 0 || row->value_size != 0) {
        return "a ring buffer has no keys and no values";
    }
    bool is_power_of_2 = (row->entries & (row->entries - 1)) == 0;
    if (!is_power_of_2 || row->entries < BPF_RING_BYTES_AT_LEAST ||
        row->entries > BPF_MAP_BYTES) {
        return "the size of a ring buffer is a power of 2, from 64 to 262144 bytes";
    }
    if (row->flags != 0) {
        return "a ring buffer cannot be read-only";
    }
    return NULL;
}

static const char *trouble_of_kind(const struct bpf_image_map *row)
{
    switch (row->kind) {
    case BPF_MAP_HASH:
        return trouble_of_hash(row);
    case BPF_MAP_ARRAY:
        return trouble_of_array(row);
    case BPF_MAP_DATA:
        return trouble_of_data(row);
    case BPF_MAP_RING:
        return trouble_of_ring(row);
    default:
        return "there is no such kind of map";
    }
}

const char *bpf_map_trouble(const struct bpf_image_map *row)
{
    if (row->flags & ~(uint32_t)BPF_MAP_READ_ONLY) {
        return "there is no such flag";
    }
    if (row->entries == 0) {
        return "a map has at least one entry";
    }
    if (row->kind != BPF_MAP_DATA && row->data_size != 0) {
        return "only a data section begins with bytes of the image";
    }
    const char *trouble = trouble_of_kind(row);
    // No overflow: there is one entry, or the sizes were limited above.
    uint64_t bytes = round_up(row->key_size) + round_up(row->value_size);
    if (trouble == NULL && bytes * row->entries > BPF_MAP_BYTES) {
        return "all of its keys and values together have more than 262144 bytes";
    }
    return trouble;
}

// ---- Making a map.

static size_t entry_size(const struct bpf_map *map)
{
    return sizeof(struct entry) + round_up(map->key_size) + round_up(map->value_size);
}

static struct entry *entry_at(const struct bpf_map *map, uint32_t index)
{
    const struct table *table = map->storage;
    return (struct entry *)(table->entries + index * entry_size(map));
}

static void *value_of(const struct bpf_map *map, struct entry *entry)
{
    return entry->bytes + round_up(map->key_size);
}

static struct table *make_table(const struct bpf_map *map)
{
    uint32_t chains = 1;
    while (chains < map->entries) {
        chains *= 2;
    }
    size_t head = round_up(sizeof(struct table) + chains * sizeof(uint32_t));
    struct table *table = heap_allocate(head + map->entries * entry_size(map));
    if (table == NULL) {
        return NULL;
    }
    table->chains = chains;
    table->entries = (uint8_t *)table + head;
    for (uint32_t i = 0; i < chains; i++) {
        table->first[i] = NO_ENTRY;
    }
    return table;
}

// At first every entry is free, in the order of the places.
static void free_all(struct bpf_map *map)
{
    struct table *table = map->storage;
    table->last_free = map->entries - 1;
    for (uint32_t i = 0; i < map->entries; i++) {
        entry_at(map, i)->next = i == table->last_free ? NO_ENTRY : i + 1;
    }
}

static void *make_storage(const struct bpf_map *map)
{
    switch (map->kind) {
    case BPF_MAP_HASH:
        return make_table(map);
    case BPF_MAP_RING:
        return bpf_ring_make(map->entries);
    default:
        return heap_allocate(map->entries * round_up(map->value_size));
    }
}

long bpf_map_create(const struct bpf_image_map *row, const void *data,
                    struct bpf_map **map)
{
    if (bpf_map_trouble(row) != NULL) {
        return -ERROR_BAD_ARGUMENT;
    }
    struct bpf_map *new = heap_allocate(sizeof(*new));
    if (new == NULL) {
        return -ERROR_NO_MEMORY;
    }
    *new = (struct bpf_map){
        .kind = row->kind,
        .key_size = row->key_size,
        .value_size = row->value_size,
        .entries = row->entries,
        .flags = row->flags,
    };
    text_copy(new->name, sizeof(new->name), row->name);
    new->storage = make_storage(new);
    if (new->storage == NULL) {
        heap_free(new);
        return -ERROR_NO_MEMORY;
    }
    if (new->kind == BPF_MAP_HASH) {
        free_all(new);
    } else if (new->kind == BPF_MAP_DATA) {
        memcpy(new->storage, data, row->data_size);
    }
    new->in_use =
        new->kind == BPF_MAP_ARRAY || new->kind == BPF_MAP_DATA ? new->entries : 0;
    *map = new;
    return 0;
}

void bpf_map_destroy(struct bpf_map *map)
{
    if (map == NULL) {
        return;
    }
    if (map->kind == BPF_MAP_RING) {
        bpf_ring_destroy(map->storage);
    } else {
        heap_free(map->storage);
    }
    heap_free(map);
}

// ---- Arrays.

static void *array_lookup(const struct bpf_map *map, const void *key)
{
    uint32_t index;
    memcpy(&index, key, sizeof(index));
    return index < map->entries
               ? (uint8_t *)map->storage + index * round_up(map->value_size)
               : NULL;
}

// The only value of a data section has a key of 0 bytes.
static long data_update(struct bpf_map *map, const void *value, uint64_t flags)
{
    if (flags == BPF_UPDATE_ONLY_NEW) {
        return -ERROR_EXISTS;
    }
    memcpy(map->storage, value, map->value_size);
    return 0;
}

static long array_update(struct bpf_map *map, const void *key, const void *value,
                         uint64_t flags)
{
    void *old = array_lookup(map, key);
    if (old == NULL) {
        return -ERROR_BAD_ARGUMENT;
    }
    if (flags == BPF_UPDATE_ONLY_NEW) {
        return -ERROR_EXISTS;  // every index is there from the beginning
    }
    memcpy(old, value, map->value_size);
    return 0;
}

// ---- Hash maps.

// Where the chain of a key points to its entry. If there is none: the end of the chain.
static uint32_t *place_of(struct bpf_map *map, const void *key)
{
    struct table *table = map->storage;
    uint32_t *at = &table->first[crc32(key, map->key_size) & (table->chains - 1)];
    while (*at != NO_ENTRY) {
        map->walked++;
        struct entry *entry = entry_at(map, *at);
        if (memcmp(entry->bytes, key, map->key_size) == 0) {
            break;
        }
        at = &entry->next;
    }
    return at;
}

static void *hash_lookup(struct bpf_map *map, const void *key)
{
    uint32_t index = *place_of(map, key);
    return index == NO_ENTRY ? NULL : value_of(map, entry_at(map, index));
}

static long hash_update(struct bpf_map *map, const void *key, const void *value,
                        uint64_t flags)
{
    struct table *table = map->storage;
    uint32_t *place = place_of(map, key);
    if (*place != NO_ENTRY) {
        if (flags == BPF_UPDATE_ONLY_NEW) {
            return -ERROR_EXISTS;
        }
        memcpy(value_of(map, entry_at(map, *place)), value, map->value_size);
        return 0;
    }
    if (flags == BPF_UPDATE_ONLY_OLD) {
        return -ERROR_NOT_FOUND;
    }
    if (table->first_free == NO_ENTRY) {
        return -ERROR_NO_MEMORY;
    }
    uint32_t index = table->first_free;
    struct entry *entry = entry_at(map, index);
    table->first_free = entry->next;
    *entry = (struct entry){.next = NO_ENTRY, .is_used = true};
    memcpy(entry->bytes, key, map->key_size);
    memcpy(value_of(map, entry), value, map->value_size);
    *place = index;
    map->in_use++;
    return 0;
}

static long hash_delete(struct bpf_map *map, const void *key)
{
    struct table *table = map->storage;
    uint32_t *place = place_of(map, key);
    uint32_t index = *place;
    if (index == NO_ENTRY) {
        return -ERROR_NOT_FOUND;
    }
    struct entry *entry = entry_at(map, index);
    *place = entry->next;
    entry->next = NO_ENTRY;
    entry->is_used = false;  // key and value stay as they are
    if (table->first_free == NO_ENTRY) {
        table->first_free = index;
    } else {
        entry_at(map, table->last_free)->next = index;
    }
    table->last_free = index;
    map->in_use--;
    return 0;
}

static long hash_next(struct bpf_map *map, const void *key, void *next)
{
    uint32_t index = 0;
    uint32_t found = key == NULL ? NO_ENTRY : *place_of(map, key);
    if (found != NO_ENTRY) {
        index = found + 1;
    }
    while (index < map->entries && !entry_at(map, index)->is_used) {
        index++;
    }
    if (index >= map->entries) {
        return -ERROR_NOT_FOUND;
    }
    memcpy(next, entry_at(map, index)->bytes, map->key_size);
    return 0;
}

// ---- Both.

void *bpf_map_lookup(struct bpf_map *map, const void *key)
{
    switch (map->kind) {
    case BPF_MAP_ARRAY:
        return array_lookup(map, key);
    case BPF_MAP_HASH:
        return hash_lookup(map, key);
    case BPF_MAP_DATA:
        return map->storage;  // its only value; the key has 0 bytes
    default:
        return NULL;
    }
}

long bpf_map_update(struct bpf_map *map, const void *key, const void *value,
                    uint64_t flags)
{
    if (flags > BPF_UPDATE_ONLY_OLD) {
        return -ERROR_BAD_ARGUMENT;
    }
    switch (map->kind) {
    case BPF_MAP_ARRAY:
        return array_update(map, key, value, flags);
    case BPF_MAP_HASH:
        return hash_update(map, key, value, flags);
    case BPF_MAP_DATA:
        return data_update(map, value, flags);
    default:
        return -ERROR_BAD_ARGUMENT;
    }
}

long bpf_map_delete(struct bpf_map *map, const void *key)
{
    return map->kind == BPF_MAP_HASH ? hash_delete(map, key) : -ERROR_BAD_ARGUMENT;
}

long bpf_map_next(struct bpf_map *map, const void *key, void *next)
{
    if (map->kind == BPF_MAP_HASH) {
        return hash_next(map, key, next);
    }
    if (map->kind != BPF_MAP_ARRAY) {
        return -ERROR_BAD_ARGUMENT;
    }
    uint32_t index = 0;
    if (key != NULL && array_lookup(map, key) != NULL) {
        memcpy(&index, key, sizeof(index));
        index++;
    }
    if (index >= map->entries) {
        return -ERROR_NOT_FOUND;
    }
    memcpy(next, &index, sizeof(index));
    return 0;
}

void *bpf_map_data(struct bpf_map *map)
{
    return map->storage;
}
