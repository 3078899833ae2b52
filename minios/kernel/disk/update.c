// The order in which sectors are written, so that a power cut at any moment does no
// damage.
//
// The disk promises one thing: after a power cut, a sector holds its old bytes or its
// new ones. The power may fail between any two writes. So every change is made in
// steps. After each step, no file is missing and none is half-written. The worst that a
// disk checker (such as fsck) can find is clusters that belong to no file. They are
// called "lost" below:
//
//     change               step                               a cut after it leaves
//     ------------------------------------------------------------------------------------
//     create               1 entry: no bytes                  an empty file
//     write                1 bytes, to free clusters          the file as it was
//     close (publish)      1 FAT: the new chain               the file as it was, new lost
//                          2 entry: cluster and size          the new bytes, old lost
//                          3 FAT: the old chain is free       the new bytes
//     flags, date          1 entry                            the old values, or the new
//     clone                1 bytes, to free clusters          no copy
//                          2 FAT: the chain of the copy       no copy, its chain lost
//                          3 entry: name, cluster and size    the whole copy
//     remove               1 entry: deleted                   no file, its chain lost
//                          2 FAT: its chain is free           no file
//     rename, one sector   1 both entries                     the new name, replaced lost
//                          2 FAT: the replaced one is free    the new name
//     rename, two sectors  1 bytes, to free clusters          all as it was
//                          2 FAT: the chain of the copy       all as it was, copy lost
//                          3 new entry: the copy              both names, each whole
//                          4 old entry: deleted               the new name, old lost
//                          5 FAT: what is left over is free   the new name
//     a folder grows       1 zeros, to a free cluster         the folder as it was
//                          2 FAT: a chain of one              the same, the cluster lost
//                          3 FAT: linked                      a folder with free entries
//
// The rules: write the bytes before the FAT, the FAT before the entry, and the entry
// before anything is freed. Two entries never lead to the same cluster. This is why a
// rename that needs two sectors copies the bytes. The FAT has several sectors, and
// these may be written in any order: nobody follows a chain as long as no entry leads
// to it.
//
// A long name, which only another system can have given, is removed in the same write
// as its entry. Parts of it in earlier sectors are removed before: a power cut in
// between leaves a file that has only its short name.
//
// Our disks have one FAT. A second copy would differ from the first after some power
// cuts, and then no checker could know which is right.
#include "disk/volume.h"

#include "library/text.h"

static void stamp_written(struct fat_entry *entry)
{
    entry->date = volume.today;
    entry->time = FILE_TIME;
    entry->read_date = volume.today;
    entry->attributes |= FAT_ARCHIVE;
}

static bool write_zeros(uint16_t cluster)
{
    for (uint32_t i = 0; i < volume.cluster_sectors; i++) {
        void *bytes = volume_cached(volume_sector(cluster) + i);
        if (bytes == NULL) {
            return false;
        }
        memset(bytes, 0, SECTOR_SIZE);
        if (!volume_write_cached(volume_sector(cluster) + i)) {
            return false;
        }
    }
    return true;
}

static uint16_t last_cluster(uint16_t first)
{
    uint16_t next = volume_next(first);
    for (uint32_t gone = 0; volume_is_cluster(next) && gone < volume.clusters; gone++) {
        first = next;
        next = volume_next(first);
    }
    return first;
}

// Makes a folder larger, by one cluster of free entries.
static long grow_folder(uint16_t folder, struct fat_place *place)
{
    if (!volume_is_cluster(folder)) {
        return -ERROR_NO_SPACE;  // the root directory cannot grow
    }
    uint16_t added = volume_take();
    if (added == 0) {
        return -ERROR_NO_SPACE;
    }
    if (!write_zeros(added) || !volume_flush()) {
        volume_free(added);
        return -ERROR_IO_ERROR;
    }
    volume_set_next(last_cluster(folder), added);
    *place = (struct fat_place){volume_sector(added), 0};
    return volume_flush() ? 0 : -ERROR_IO_ERROR;
}

static long make_place(uint16_t folder, struct fat_place *place)
{
    long error = fat_find_free(folder, place);
    return error == -ERROR_NO_SPACE ? grow_folder(folder, place) : error;
}

static struct fat_entry new_entry(const struct fat_name *name,
                                  struct fat_content content)
{
    struct fat_entry entry = {
        .created_date = volume.today,
        .created_time = FILE_TIME,
        .cluster = content.cluster,
        .size = content.size,
    };
    memcpy(entry.name, name->name, FAT_NAME_BYTES);
    stamp_written(&entry);
    return entry;
}

long fat_create(const char *path, struct fat_place *place, struct fat_entry *entry)
{
    struct fat_name name;
    long error = fat_name(path, &name);
    if (error < 0) {
        return error;
    }
    if (fat_find_name(&name, place) == 0) {
        return -ERROR_EXISTS;
    }
    error = make_place(name.folder, place);
    if (error < 0) {
        return error;
    }
    *entry = new_entry(&name, (struct fat_content){.size = 0});
    return fat_store(*place, entry);
}

// Copies the bytes, and finds a place for the entry of the copy.
static long prepare_clone(const struct fat_content *content, uint16_t folder,
                          struct fat_content *copy, struct fat_place *place)
{
    long error = fat_copy(content, copy);
    if (error < 0) {
        return error;
    }
    error = make_place(folder, place);
    if (error == 0 && !volume_flush()) {
        error = -ERROR_IO_ERROR;
    }
    if (error < 0) {
        fat_free(copy->cluster);
    }
    return error;
}

long fat_clone(const struct fat_content *content, const char *path)
{
    struct fat_name name;
    struct fat_place place;
    struct fat_content copy;
    long error = fat_name(path, &name);
    if (error == 0 && fat_find_name(&name, &place) == 0) {
        error = -ERROR_EXISTS;
    }
    if (error == 0) {
        error = prepare_clone(content, name.folder, &copy, &place);
    }
    if (error < 0) {
        return error;
    }
    struct fat_entry entry = new_entry(&name, copy);
    return fat_store(place, &entry);
}

void fat_free(uint16_t cluster)
{
    volume_free(cluster);
    (void)volume_flush();  // after an error, the next flush tries again
}

long fat_publish(struct fat_place place, const struct fat_content *content)
{
    struct fat_entry entry;
    long error = fat_load(place, &entry);
    if (error < 0) {
        return error;
    }
    uint16_t old = entry.cluster;
    if (old == content->cluster && entry.size == content->size) {
        return 0;  // it was empty, and still is
    }
    if (!volume_flush()) {
        return -ERROR_IO_ERROR;
    }
    entry.cluster = content->cluster;
    entry.size = content->size;
    stamp_written(&entry);
    error = fat_store(place, &entry);
    if (error == 0) {
        fat_free(old);
    }
    return error;
}

long fat_remove(struct fat_place place, uint16_t *cluster)
{
    struct fat_entry entry;
    long error = fat_load(place, &entry);
    if (error < 0) {
        return error;
    }
    if (entry.attributes & FAT_DIRECTORY) {
        return -ERROR_BAD_ARGUMENT;
    }
    *cluster = entry.cluster;
    error = fat_forget_long_name(place);
    entry.name[0] = FAT_DELETED;
    return error < 0 ? error : fat_store(place, &entry);
}

// Both entries lie in the same sector (or are the same entry), so one write is enough.
static long move_in_sector(struct fat_place from, struct fat_place to,
                           const struct fat_entry *moved)
{
    long error = fat_forget_long_name(from);
    struct fat_entry *entries = volume_cached(from.sector);
    if (error < 0 || entries == NULL) {
        return -ERROR_IO_ERROR;
    }
    entries[from.index].name[0] = FAT_DELETED;
    entries[to.index] = *moved;
    return volume_write_cached(from.sector) ? 0 : -ERROR_IO_ERROR;
}

static long move_to_sector(struct fat_place from, struct fat_place to,
                           struct fat_entry *moved)
{
    struct fat_content old = {moved->cluster, moved->size}, copy;
    long error = fat_copy(&old, &copy);
    if (error < 0) {
        return error;
    }
    moved->cluster = copy.cluster;
    if (!volume_flush()) {
        return -ERROR_IO_ERROR;
    }
    error = fat_store(to, moved);
    if (error == 0) {
        error = fat_remove(from, &old.cluster);
    }
    if (error == 0) {
        fat_free(old.cluster);
    }
    return error;
}

static bool is_same(struct fat_place a, struct fat_place b)
{
    return a.sector == b.sector && a.index == b.index;
}

// Finds the entry for the new name: that of the file which has this name already; or
// the file's own entry, if it is in the same folder; or a free one.
static long find_target(struct fat_place place, const struct fat_entry *entry,
                        const struct fat_name *name, struct fat_renamed *renamed)
{
    struct fat_entry old;
    long error = fat_find_name(name, &renamed->place);
    if (error == 0 && !is_same(renamed->place, place)) {
        error = fat_load(renamed->place, &old);
        renamed->replaced = true;
        renamed->old_cluster = old.cluster;
        if (error == 0 && (entry->attributes | old.attributes) & FAT_DIRECTORY) {
            return -ERROR_EXISTS;
        }
        return error == 0 && old.attributes & FAT_READ_ONLY ? -ERROR_READ_ONLY : error;
    }
    if (error != -ERROR_NOT_FOUND) {
        return error;
    }
    struct fat_name own = {.folder = name->folder};
    memcpy(own.name, entry->name, FAT_NAME_BYTES);
    if (fat_find_name(&own, &renamed->place) == 0 && is_same(renamed->place, place)) {
        return 0;
    }
    if (entry->attributes & FAT_DIRECTORY) {
        return -ERROR_BAD_ARGUMENT;  // a folder could end up inside itself
    }
    return make_place(name->folder, &renamed->place);
}

long fat_rename(struct fat_place place, const char *path, struct fat_renamed *renamed)
{
    struct fat_entry entry;
    struct fat_name name;
    *renamed = (struct fat_renamed){.replaced = false};
    long error = fat_load(place, &entry);
    if (error == 0) {
        error = fat_name(path, &name);
    }
    if (error == 0) {
        error = find_target(place, &entry, &name, renamed);
    }
    if (error < 0) {
        return error;
    }
    memcpy(entry.name, name.name, FAT_NAME_BYTES);
    error = renamed->place.sector == place.sector
                ? move_in_sector(place, renamed->place, &entry)
                : move_to_sector(place, renamed->place, &entry);
    renamed->cluster = entry.cluster;
    return error;
}
