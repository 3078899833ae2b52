// Directories: finding names, and reading and writing entries. update.c calls this to
// change them, because the order of changes matters.
#include "disk/volume.h"

#include "library/text.h"

#define ENTRY_END          '\0'  // this entry and all after it were never used
#define ENTRIES_PER_SECTOR (SECTOR_SIZE / sizeof(struct fat_entry))
#define ROOT               0  // cluster number that stands for the root directory

// The place where a search through a directory is: it goes sector by sector.
struct walk {
    uint16_t cluster;   // ROOT, or the cluster that is searched
    uint32_t position;  // sector within the root, or within the cluster
    uint32_t clusters;  // how many so far: a damaged chain may be a circle
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
    if (!volume_is_cluster(walk->cluster) || walk->clusters > volume.clusters) {
        return false;
    }
    *sector = volume_sector(walk->cluster) + walk->position++;
    return true;
}

static bool is_used(const struct fat_entry *entry)
{
    return entry->name[0] != FAT_DELETED && entry->name[0] != ENTRY_END &&
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

// Takes one name off the path, and brings it into the form of the disk: "C-000291.SYS"
// becomes "C-000291SYS". FAT16 has names of 8 + 3 characters only.
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
            *good = false;  // does not fit 8 + 3 characters
        }
    }
    *good &= name[0] != ' ';
    return path;
}

void fat_readable_name(const char raw[FAT_NAME_BYTES], char *name)
{
    for (unsigned i = 0; i < FAT_NAME_BYTES; i++) {
        if (raw[i] == ' ') {
            continue;
        }
        if (i == 8) {
            *name++ = '.';
        }
        *name++ = raw[i];
    }
    *name = '\0';
}

// Finds the first entry of a folder for which `fits` is true. One copy for all callers,
// and one of the loop: an emulator has to translate each copy, and each is run only a few
// times.
[[gnu::noinline]] static long search(uint16_t folder,
                                     bool (*fits)(const struct fat_entry *, void *),
                                     void *what, struct fat_place *place)
{
    struct walk walk = {.cluster = folder};
    uint32_t sector;
    while (walk_sector(&walk, &sector)) {
        const struct fat_entry *entries = volume_cached(sector);
        if (entries == NULL) {
            return -ERROR_IO_ERROR;
        }
#pragma clang loop unroll(disable)
        for (uint32_t i = 0; i < ENTRIES_PER_SECTOR; i++) {
            if (fits(&entries[i], what)) {
                *place = (struct fat_place){sector, i};
                return 0;
            }
            if (entries[i].name[0] == ENTRY_END) {
                return -ERROR_NOT_FOUND;
            }
        }
    }
    return -ERROR_NOT_FOUND;
}

static bool has_name(const struct fat_entry *entry, void *name)
{
    return is_used(entry) && memcmp(entry->name, name, FAT_NAME_BYTES) == 0;
}

long fat_find_name(const struct fat_name *name, struct fat_place *place)
{
    return search(name->folder, has_name, (void *)name->name, place);
}

static long find_entry(const struct fat_name *name, struct fat_place *place,
                       struct fat_entry *entry)
{
    long error = fat_find_name(name, place);
    return error < 0 ? error : fat_load(*place, entry);
}

// Finds the folder for the last name in a path.
long fat_name(const char *path, struct fat_name *name)
{
    name->folder = ROOT;
    for (;;) {
        bool good;
        while (*path == '/') {
            path++;
        }
        path = next_component(path, name->name, &good);
        if (!good) {
            return -ERROR_BAD_ARGUMENT;
        }
        if (*path == '\0') {
            return 0;
        }
        struct fat_place place;
        struct fat_entry entry;
        long error = find_entry(name, &place, &entry);
        if (error < 0) {
            return error;
        }
        if (!(entry.attributes & FAT_DIRECTORY)) {
            return -ERROR_NOT_FOUND;
        }
        name->folder = entry.cluster;
    }
}

long fat_find(const char *path, struct fat_place *place, struct fat_entry *entry)
{
    struct fat_name name;
    long error = fat_name(path, &name);
    return error < 0 ? error : find_entry(&name, place, entry);
}

// ---- From an entry to its path.

// Whether this cluster is the first of a folder. Such a cluster begins with an entry for
// the folder itself, which is called ".".
static bool begins_folder(uint16_t cluster)
{
    const struct fat_entry *entries = volume_cached(volume_sector(cluster));
    return entries != NULL && entries[0].cluster == cluster &&
           memcmp(entries[0].name, ".          ", FAT_NAME_BYTES) == 0;
}

// The cluster before this one in its chain. 0 if there is none.
static uint16_t cluster_before(uint16_t cluster)
{
    for (uint32_t i = CLUSTER_FIRST; i < volume.clusters; i++) {
        if (volume_next((uint16_t)i) == cluster) {
            return (uint16_t)i;
        }
    }
    return 0;
}

// The first cluster of the folder in which this sector lies.
static long folder_of(uint32_t sector, uint16_t *folder)
{
    if (sector < volume.data_sector) {
        *folder = ROOT;
        return 0;
    }
    uint16_t cluster = (uint16_t)(CLUSTER_FIRST + (sector - volume.data_sector) /
                                                      volume.cluster_sectors);
    for (uint32_t gone = 0; cluster != 0 && gone < volume.clusters; gone++) {
        if (begins_folder(cluster)) {
            *folder = cluster;
            return 0;
        }
        cluster = cluster_before(cluster);
    }
    return -ERROR_IO_ERROR;
}

static bool leads_to(const struct fat_entry *entry, void *cluster)
{
    return is_used(entry) && entry->attributes & FAT_DIRECTORY &&
           entry->name[0] != '.' && entry->cluster == *(uint16_t *)cluster;
}

// The entry of a folder, in the folder above it: the second entry, "..", leads there.
static long entry_of_folder(uint16_t folder, struct fat_place *place)
{
    const struct fat_entry *entries = volume_cached(volume_sector(folder));
    return entries == NULL ? -ERROR_IO_ERROR
                           : search(entries[1].cluster, leads_to, &folder, place);
}

// Goes up from folder to folder, and writes the path from its end to its beginning.
long fat_path(struct fat_place place, char path[PATH_SIZE])
{
    char reversed[PATH_SIZE], name[16];
    size_t at = sizeof(reversed) - 1;
    reversed[at] = '\0';
    for (;;) {
        struct fat_entry entry;
        uint16_t folder;
        long error = fat_load(place, &entry);
        if (error == 0) {
            error = folder_of(place.sector, &folder);
        }
        if (error < 0) {
            return error;
        }
        fat_readable_name(entry.name, name);
        size_t length = strlen(name);
        if (length + 1 > at) {
            return -ERROR_NO_SPACE;
        }
        at -= length;
        memcpy(reversed + at, name, length);
        reversed[--at] = '/';
        if (folder == ROOT) {
            text_copy(path, PATH_SIZE, reversed + at);
            return 0;
        }
        error = entry_of_folder(folder, &place);
        if (error < 0) {
            return error;
        }
    }
}

long fat_load(struct fat_place place, struct fat_entry *entry)
{
    const struct fat_entry *entries = volume_cached(place.sector);
    if (entries == NULL) {
        return -ERROR_IO_ERROR;
    }
    *entry = entries[place.index];
    return is_used(entry) ? 0 : -ERROR_NOT_FOUND;
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

static bool is_free(const struct fat_entry *entry, void *unused)
{
    (void)unused;
    return entry->name[0] == ENTRY_END || entry->name[0] == FAT_DELETED;
}

long fat_find_free(uint16_t folder, struct fat_place *place)
{
    long error = search(folder, is_free, NULL, place);
    return error == -ERROR_NOT_FOUND ? -ERROR_NO_SPACE : error;
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
    long error = fat_find(path, &place, &entry);
    if (error == 0 && !(entry.attributes & FAT_DIRECTORY)) {
        error = -ERROR_BAD_ARGUMENT;
    }
    *cluster = entry.cluster;
    return error;
}

// Whether `before` more files come before this one; counts them down.
static bool is_next(const struct fat_entry *entry, void *before)
{
    return is_used(entry) && entry->name[0] != '.' && (*(uint32_t *)before)-- == 0;
}

long fat_list(const char *path, uint32_t index, struct fat_entry *entry)
{
    uint16_t folder;
    struct fat_place place;
    long error = directory_cluster(path, &folder);
    if (error == 0) {
        error = search(folder, is_next, &index, &place);
    }
    return error < 0 ? error : fat_load(place, entry);
}
