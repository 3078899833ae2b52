// The files that are open.
//
// All handles to one file share one `struct open_file`, so they cannot disagree. The first
// write makes a draft: a copy of the bytes in clusters that no file owns. Every write goes
// to the draft. Closing a handle that could write publishes it, in one sector write
// (update.c). So what is on the disk is always what was there when the file was last
// closed, old or new and never half.
//
//     open to truncate   an empty draft; the old bytes stay on the disk until it is closed
//     a write fails      so do all that follow; closing throws the draft away
//     a process ends     its handles are closed: what it had written is published
//     off, reset, crash  nobody closes them: drafts are gone
//     rename             the handles stay with the file; the draft stays a draft
//     unlink, replace    the handles keep the bytes; they go with the last handle
//
// The price: a file that is changed needs room for both, and to change a byte of a large
// one copies it. A folder lists what is on the disk, not what is in a draft.
#include "disk/open_files.h"

#include "memory/heap.h"

#define OPEN_CHANGES (OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE)

static struct open_file *open_files;

static struct open_file *find_open(struct fat_place place)
{
    for (struct open_file *file = open_files; file != NULL; file = file->next) {
        if (file->place.sector == place.sector && file->place.index == place.index) {
            return file;
        }
    }
    return NULL;
}

static long find_or_create(const char *path, uint32_t flags, struct fat_place *place,
                           struct fat_entry *entry)
{
    long error = fat_find(path, place);
    if (error == -ERROR_NOT_FOUND && flags & OPEN_CREATE) {
        error = fat_create(path, place);
    }
    if (error == 0) {
        error = fat_load(*place, entry);
    }
    if (error < 0) {
        return error;
    }
    bool refused = entry->attributes & FAT_DIRECTORY ||
                   (entry->attributes & FAT_READ_ONLY && flags & OPEN_CHANGES);
    return refused ? -ERROR_BAD_ARGUMENT : 0;
}

static struct open_file *enter(struct fat_place place, const struct fat_entry *entry)
{
    struct open_file *file = heap_allocate(sizeof(*file));
    if (file != NULL) {
        file->place = place;
        file->content = (struct fat_content){entry->cluster, entry->size};
        file->next = open_files;
        open_files = file;
    }
    return file;
}

static void leave(struct open_file *file)
{
    struct open_file **link = &open_files;
    while (*link != file) {
        link = &(*link)->next;
    }
    *link = file->next;
    heap_free(file);
}

static void truncate(struct open_file *file)
{
    if (file->is_draft) {
        fat_free(file->content.cluster);
    }
    file->content = (struct fat_content){.size = 0};
    file->is_draft = true;
    file->write_error = 0;
}

long open_file_open(const char *path, uint32_t flags, struct open_file **file)
{
    struct fat_place place;
    struct fat_entry entry;
    long error = find_or_create(path, flags, &place, &entry);
    if (error < 0) {
        return error;
    }
    *file = find_open(place);
    if (*file == NULL) {
        *file = enter(place, &entry);
    }
    if (*file == NULL) {
        return -ERROR_NO_MEMORY;
    }
    (*file)->handles++;
    if (flags & OPEN_TRUNCATE) {
        truncate(*file);
    }
    return 0;
}

static bool is_deleted(const struct open_file *file)
{
    return file->place.sector == 0;
}

// The handles see again what is on the disk. Returns why.
static long throw_away(struct open_file *file)
{
    struct fat_entry entry;
    long reason = file->write_error;
    if (file->is_draft) {
        fat_free(file->content.cluster);
    }
    long error = fat_load(file->place, &entry);
    file->content = error < 0 ? (struct fat_content){.size = 0}
                              : (struct fat_content){entry.cluster, entry.size};
    file->is_draft = false;
    file->write_error = 0;
    return reason;
}

// It is no draft afterwards, whatever happens: if the disk fails half-way, nobody knows to
// whom its clusters belong, so they are left alone.
static long publish(struct open_file *file)
{
    if (file->write_error < 0) {
        return throw_away(file);
    }
    if (!file->is_draft) {
        return 0;
    }
    file->is_draft = false;
    return fat_publish(file->place, &file->content);
}

long open_file_close(struct open_file *file, uint32_t flags)
{
    long error = 0;
    if (flags & OPEN_CHANGES && !is_deleted(file)) {
        error = publish(file);
    }
    file->handles--;
    if (file->handles > 0) {
        return error;
    }
    if (file->is_draft) {  // of a file that has been deleted
        fat_free(file->content.cluster);
    }
    leave(file);
    return error;
}

static long make_draft(struct open_file *file)
{
    struct fat_content copy;
    long error = fat_copy(&file->content, &copy);
    if (error == 0) {
        file->content = copy;
        file->is_draft = true;
    }
    return error;
}

long open_file_write(struct open_file *file, uint32_t offset, const void *buffer,
                     size_t size)
{
    if (offset > file->content.size || size > UINT32_MAX - offset) {
        return -ERROR_BAD_ARGUMENT;  // no holes
    }
    long result = file->write_error;
    if (result == 0 && !file->is_draft) {
        result = make_draft(file);
    }
    if (result == 0) {
        result = fat_write(&file->content, offset, buffer, (uint32_t)size);
    }
    file->write_error = result < 0 ? result : 0;
    return result;
}

// The entry of a file is gone; its chain began at `cluster`. If it is open, the handles
// keep what they see: the chain, or the draft that they have instead.
static void abandon(struct open_file *file, uint16_t cluster)
{
    if (file == NULL || file->is_draft) {
        fat_free(cluster);
    }
    if (file != NULL) {
        file->place = (struct fat_place){.sector = 0};
        file->is_draft = true;
    }
}

long open_file_unlink(const char *path)
{
    struct fat_place place;
    uint16_t cluster;
    long error = fat_find(path, &place);
    if (error == 0) {
        error = fat_remove(place, &cluster);
    }
    if (error == 0) {
        abandon(find_open(place), cluster);
    }
    return error;
}

long open_file_rename(const char *from, const char *to)
{
    struct fat_place place;
    struct fat_renamed renamed;
    long error = fat_find(from, &place);
    if (error == 0) {
        error = fat_rename(place, to, &renamed);
    }
    if (error < 0) {
        return error;
    }
    struct open_file *moved = find_open(place);
    if (renamed.replaced) {
        abandon(find_open(renamed.place), renamed.old_cluster);
    }
    if (moved != NULL) {
        moved->place = renamed.place;
        if (!moved->is_draft) {
            moved->content.cluster = renamed.cluster;
        }
    }
    return 0;
}

long open_file_look(const char *path, struct fat_content *content)
{
    struct fat_place place;
    struct fat_entry entry;
    long error = find_or_create(path, OPEN_READ, &place, &entry);
    if (error < 0) {
        return error;
    }
    const struct open_file *file = find_open(place);
    *content =
        file != NULL ? file->content : (struct fat_content){entry.cluster, entry.size};
    return 0;
}
