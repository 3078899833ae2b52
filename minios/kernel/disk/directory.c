// Directories: finding, making, renaming and removing entries.
#include "disk/volume.h"

#include "library/text.h"

#define ENTRY_END          '\0'  // this entry and all behind it were never used
#define ENTRY_DELETED      '\xe5'
#define ENTRIES_PER_SECTOR (SECTOR_SIZE / sizeof(struct fat_entry))
#define ROOT               0  // cluster number that stands for the root directory

// Goes through a directory sector by sector.
struct walk {
    uint16_t cluster;   // ROOT, or the cluster it is in
    uint32_t position;  // sector within the root, or within the cluster
    uint32_t clusters;  // gone through: a damaged chain may lead back into itself
};

static bool walk_sector(struct walk *walk, uint32_t *sector)
{
    if (walk->cluster == ROOT) {
        *sector = volume.root_sector + walk->position;
        return walk->position++ < volume.root_sectors;
    }
    if (walk->position == volume.cluster_sectors) {
        walk->cluster = volume_next(walk->cluster);
        walk->position = 0;
        walk->clusters++;
    }
    if (walk->cluster < CLUSTER_FIRST || walk->cluster >= volume.clusters ||
        walk->clusters > volume.clusters) {
        return false;
    }
    *sector = volume_sector(walk->cluster) + walk->position++;
    return true;
}

static bool is_used(const struct fat_entry *entry)
{
    return entry->name[0] != ENTRY_DELETED && entry->name[0] != ENTRY_END &&
           !(entry->attributes & FAT_VOLUME_LABEL);
}

static bool is_name_character(char c)
{
    static const char allowed[] = "$%'-_@~`!(){}^#&";
    for (const char *at = allowed; *at != '\0'; at++) {
        if (c == *at) {
            return true;
        }
    }
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Takes one component off the path and makes "C-000291.SYS" into "C-000291SYS".
static const char *next_component(const char *path, char name[FAT_NAME_BYTES],
                                  bool *good)
{
    unsigned at = 0, limit = 8;
    memset(name, ' ', FAT_NAME_BYTES);
    *good = true;
    for (; *path != '\0' && *path != '/'; path++) {
        char c = text_upper(*path);
        if (c == '.' && limit == 8 && at > 0) {
            at = 8;
            limit = FAT_NAME_BYTES;
        } else if (at < limit && is_name_character(c)) {
            name[at++] = c;
        } else {
            *good = false;  // not an 8.3 name
        }
    }
    *good &= name[0] != ' ';
    return path;
}

static long find_in(uint16_t directory, const char name[FAT_NAME_BYTES],
                    struct fat_place *place)
{
    struct walk walk = {.cluster = directory};
    uint32_t sector;
    while (walk_sector(&walk, &sector)) {
        const struct fat_entry *entries = volume_cached(sector);
        if (entries == NULL) {
            return -ERROR_IO_ERROR;
        }
        for (uint32_t i = 0; i < ENTRIES_PER_SECTOR; i++) {
            if (entries[i].name[0] == ENTRY_END) {
                return -ERROR_NOT_FOUND;
            }
            if (is_used(&entries[i]) &&
                memcmp(entries[i].name, name, FAT_NAME_BYTES) == 0) {
                *place = (struct fat_place){sector, i};
                return 0;
            }
        }
    }
    return -ERROR_NOT_FOUND;
}

// Walks to the directory that holds the last component.
static long find_parent(const char *path, uint16_t *directory,
                        char name[FAT_NAME_BYTES])
{
    *directory = ROOT;
    for (;;) {
        bool good;
        while (*path == '/') {
            path++;
        }
        path = next_component(path, name, &good);
        if (!good) {
            return -ERROR_BAD_ARGUMENT;
        }
        if (*path == '\0') {
            return 0;
        }
        struct fat_place place;
        struct fat_entry entry;
        long error = find_in(*directory, name, &place);
        if (error == 0) {
            error = fat_load(place, &entry);
        }
        if (error < 0) {
            return error;
        }
        if (!(entry.attributes & FAT_DIRECTORY)) {
            return -ERROR_NOT_FOUND;
        }
        *directory = entry.cluster;
    }
}

long fat_load(struct fat_place place, struct fat_entry *entry)
{
    const struct fat_entry *entries = volume_cached(place.sector);
    if (entries == NULL) {
        return -ERROR_IO_ERROR;
    }
    *entry = entries[place.index];
    return is_used(entry) ? 0 : -ERROR_NOT_FOUND;  // deleted since it was opened
}

long fat_store(struct fat_place place, const struct fat_entry *entry)
{
    struct fat_entry *entries = volume_cached(place.sector);
    if (entries == NULL) {
        return -ERROR_IO_ERROR;
    }
    entries[place.index] = *entry;
    return volume_write_cached(place.sector) ? 0 : -ERROR_IO_ERROR;
}

long fat_find(const char *path, struct fat_place *place)
{
    uint16_t directory;
    char name[FAT_NAME_BYTES];
    long error = find_parent(path, &directory, name);
    return error < 0 ? error : find_in(directory, name, place);
}

static long find_free(uint16_t directory, struct fat_place *place)
{
    struct walk walk = {.cluster = directory};
    uint32_t sector;
    uint16_t last = directory;
    while (walk_sector(&walk, &sector)) {
        const struct fat_entry *entries = volume_cached(sector);
        if (entries == NULL) {
            return -ERROR_IO_ERROR;
        }
        for (uint32_t i = 0; i < ENTRIES_PER_SECTOR; i++) {
            if (entries[i].name[0] == ENTRY_END ||
                entries[i].name[0] == ENTRY_DELETED) {
                *place = (struct fat_place){sector, i};
                return 0;
            }
        }
        last = walk.cluster;
    }
    if (directory == ROOT) {
        return -ERROR_NO_SPACE;  // the root directory cannot grow
    }
    uint16_t added = volume_extend(last);
    if (added == 0) {
        return -ERROR_NO_SPACE;
    }
    for (uint32_t i = 0; i < volume.cluster_sectors; i++) {
        void *bytes = volume_cached(volume_sector(added) + i);
        if (bytes == NULL) {
            return -ERROR_IO_ERROR;
        }
        memset(bytes, 0, SECTOR_SIZE);
        if (!volume_write_cached(volume_sector(added) + i)) {
            return -ERROR_IO_ERROR;
        }
    }
    *place = (struct fat_place){volume_sector(added), 0};
    return 0;
}

long fat_create(const char *path, struct fat_place *place)
{
    uint16_t directory;
    struct fat_entry entry = {.attributes = 0};
    long error = find_parent(path, &directory, entry.name);
    if (error < 0) {
        return error;
    }
    if (find_in(directory, entry.name, place) == 0) {
        return -ERROR_EXISTS;
    }
    error = find_free(directory, place);
    return error < 0 ? error : fat_store(*place, &entry);
}

// First the name goes, then the clusters: a power cut in between loses clusters, never
// a file.
long fat_remove(struct fat_place place)
{
    struct fat_entry entry;
    long error = fat_load(place, &entry);
    if (error < 0) {
        return error;
    }
    if (entry.attributes & FAT_DIRECTORY) {
        return -ERROR_BAD_ARGUMENT;
    }
    uint16_t cluster = entry.cluster;
    entry.name[0] = ENTRY_DELETED;
    error = fat_store(place, &entry);
    if (error < 0) {
        return error;
    }
    return volume_free_chain(cluster) ? 0 : -ERROR_IO_ERROR;
}

// The target's entry is overwritten in one sector write, so it is either the old file or
// the new one; the clusters that it had are freed afterwards.
static long replace(struct fat_place place, struct fat_place target,
                    struct fat_entry moved)
{
    struct fat_entry old;
    long error = fat_load(target, &old);
    if (error < 0 || old.attributes & FAT_DIRECTORY) {
        return error < 0 ? error : -ERROR_EXISTS;
    }
    struct fat_entry gone = moved;
    gone.name[0] = ENTRY_DELETED;
    error = fat_store(place, &gone);
    if (error < 0) {
        return error;
    }
    memcpy(moved.name, old.name, FAT_NAME_BYTES);
    error = fat_store(target, &moved);
    if (error < 0) {
        return error;
    }
    return volume_free_chain(old.cluster) ? 0 : -ERROR_IO_ERROR;
}

long fat_rename(struct fat_place place, const char *path)
{
    struct fat_entry entry;
    struct fat_place target;
    uint16_t directory;
    char name[FAT_NAME_BYTES];
    long error = fat_load(place, &entry);
    if (error == 0) {
        error = find_parent(path, &directory, name);
    }
    if (error < 0) {
        return error;
    }
    if (find_in(directory, name, &target) == 0) {
        bool same = target.sector == place.sector && target.index == place.index;
        return same ? 0 : replace(place, target, entry);
    }
    bool stays = find_in(directory, entry.name, &target) == 0 &&
                 target.sector == place.sector && target.index == place.index;
    if (stays) {  // in its folder: one sector write
        memcpy(entry.name, name, FAT_NAME_BYTES);
        return fat_store(place, &entry);
    }
    if (entry.attributes & FAT_DIRECTORY) {
        return -ERROR_BAD_ARGUMENT;  // it could end up inside itself
    }
    error = find_free(directory, &target);
    if (error < 0) {
        return error;
    }
    struct fat_entry moved = entry;
    memcpy(moved.name, name, FAT_NAME_BYTES);
    error = fat_store(target, &moved);
    if (error < 0) {
        return error;
    }
    entry.name[0] = ENTRY_DELETED;
    return fat_store(place, &entry);
}

static long directory_cluster(const char *path, uint16_t *cluster)
{
    while (*path == '/') {
        path++;
    }
    *cluster = ROOT;
    if (*path == '\0') {
        return 0;
    }
    struct fat_place place;
    struct fat_entry entry;
    long error = fat_find(path, &place);
    if (error == 0) {
        error = fat_load(place, &entry);
    }
    if (error == 0 && !(entry.attributes & FAT_DIRECTORY)) {
        error = -ERROR_BAD_ARGUMENT;
    }
    *cluster = entry.cluster;
    return error;
}

long fat_list(const char *path, uint32_t index, struct fat_entry *entry)
{
    struct walk walk = {.cluster = ROOT};
    uint32_t sector;
    long error = directory_cluster(path, &walk.cluster);
    if (error < 0) {
        return error;
    }
    while (walk_sector(&walk, &sector)) {
        const struct fat_entry *entries = volume_cached(sector);
        if (entries == NULL) {
            return -ERROR_IO_ERROR;
        }
        for (uint32_t i = 0; i < ENTRIES_PER_SECTOR; i++) {
            if (entries[i].name[0] == ENTRY_END) {
                return -ERROR_NOT_FOUND;
            }
            if (is_used(&entries[i]) && entries[i].name[0] != '.' && index-- == 0) {
                *entry = entries[i];
                return 0;
            }
        }
    }
    return -ERROR_NOT_FOUND;
}
