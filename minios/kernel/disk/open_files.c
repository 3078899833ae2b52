// The files that are open, and how a change becomes visible all at once.
//
// If the power fails while a file is being written, the disk must not hold half of the
// new bytes. So the first write makes a draft: a copy of the file in clusters that no
// file owns. All writes go to the draft. When a handle that may write is closed, the
// draft is "published": one sector write puts it in the place of the old file
// (update.c). So the disk always holds the file as it was when it was last closed, old
// or new, never half.
//
//     open to truncate   makes an empty draft; the old bytes stay on the disk until the
//                        file is closed
//     a write fails      all later writes fail, too; closing discards the draft
//     a process ends     its handles are closed, so what it has written is published
//     off, reset, crash  nobody closes the files, so drafts are lost
//     rename             the handles stay with the file; the draft stays a draft
//     unlink, replace    the handles keep the bytes, until the last handle is closed
//
// All handles to one file share one `struct open_file`, so they all see the same bytes.
//
// The cost: a file that is changed needs space for both copies, and to change one byte
// of a large file, the kernel copies it. A folder shows the file on the disk, not the
// draft.
#include "disk/open_files.h"

#include "memory/heap.h"

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

// Whether a file that exists may be opened so.
static long may_open(const struct fat_entry *entry, uint32_t flags)
{
    if (flags & OPEN_ONLY_NEW) {
        return -ERROR_EXISTS;
    }
    if (entry->attributes & FAT_DIRECTORY) {
        return -ERROR_BAD_ARGUMENT;
    }
    bool is_guarded = entry->attributes & FAT_READ_ONLY;
    return is_guarded && flags & OPEN_CHANGES ? -ERROR_READ_ONLY : 0;
}

static long find_or_create(const char *path, uint32_t flags, struct fat_place *place,
                           struct fat_entry *entry)
{
    long error = fat_find(path, place, entry);
    if (error == -ERROR_NOT_FOUND && flags & OPEN_CREATE) {
        return fat_create(path, place, entry);
    }
    return error < 0 ? error : may_open(entry, flags);
}

long open_file_check(const char *path, uint32_t flags)
{
    struct fat_place place;
    struct fat_entry entry;
    struct fat_name name;
    long error = fat_find(path, &place, &entry);
    if (error == -ERROR_NOT_FOUND && flags & OPEN_CREATE) {
        return fat_name(path, &name);  // its folder has to exist
    }
    return error < 0 ? error : may_open(&entry, flags);
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

// Discards the draft: the handles see again what is on the disk. Returns the error for
// which this was done.
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

// Publishes the draft. Afterwards it is no draft any more, even after an error: if the
// disk fails in the middle, the entry may already lead to the draft's clusters. To free
// them then could damage the file.
static long publish(struct open_file *file, bool *has_changed)
{
    if (file->write_error < 0) {
        return throw_away(file);
    }
    if (!file->is_draft) {
        return 0;
    }
    file->is_draft = false;
    long error = fat_publish(file->place, &file->content);
    *has_changed = error == 0;
    return error;
}

long open_file_close(struct open_file *file, uint32_t flags, bool *has_changed)
{
    long error = 0;
    *has_changed = false;
    if (flags & OPEN_CHANGES && !is_deleted(file)) {
        error = publish(file, has_changed);
    }
    file->handles--;
    if (file->handles > 0) {
        return error;
    }
    if (file->is_draft) {  // the file was deleted, so nobody else has these bytes
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
        return -ERROR_BAD_ARGUMENT;  // a file cannot have a gap
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

long open_file_truncate(struct open_file *file, uint32_t size)
{
    if (size > file->content.size) {
        return -ERROR_BAD_ARGUMENT;
    }
    if (file->write_error < 0) {
        return file->write_error;
    }
    if (file->is_draft) {
        fat_shorten(&file->content, size);
        return 0;
    }
    struct fat_content beginning = {file->content.cluster, size}, copy;
    long error = fat_copy(&beginning, &copy);
    if (error == 0) {
        file->content = copy;
        file->is_draft = true;
    }
    file->write_error = error;
    return error;
}

// The entry of a file is gone; its chain began at `cluster`. If the file is open, its
// handles keep the bytes that they see: those of the chain, or of their draft.
// Otherwise the chain is freed.
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
    struct fat_entry entry;
    uint16_t cluster;
    long error = fat_find(path, &place, &entry);
    if (error == 0 && entry.attributes & FAT_READ_ONLY) {
        error = -ERROR_READ_ONLY;
    }
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
    struct fat_entry old;
    struct fat_renamed renamed;
    long error = fat_find(from, &place, &old);
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

long open_file_clone(const char *path, const char *to)
{
    struct fat_content content;
    long error = open_file_look(path, &content);
    return error < 0 ? error : fat_clone(&content, to);
}

bool open_files_have_drafts(void)
{
    const struct open_file *file = open_files;
    while (file != NULL && !file->is_draft) {
        file = file->next;
    }
    return file != NULL;
}
