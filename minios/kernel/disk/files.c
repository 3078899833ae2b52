// Files by path: the lock, and the steps that take more than one call of the FAT.
#include "disk/files.h"

#include "library/text.h"
#include "memory/heap.h"
#include "tasks/thread.h"

static struct mutex lock;  // guards everything in this folder

long files_mount(void)
{
    mutex_lock(&lock);
    long error = fat_mount();
    mutex_unlock(&lock);
    return error;
}

static long open_locked(const char *path, uint32_t flags, struct fat_place *place)
{
    struct fat_entry entry;
    long error = fat_find(path, place);
    if (error == -ERROR_NOT_FOUND && flags & OPEN_CREATE) {
        return fat_create(path, place);
    }
    if (error == 0) {
        error = fat_load(*place, &entry);
    }
    if (error == 0 && entry.attributes & FAT_DIRECTORY) {
        error = -ERROR_BAD_ARGUMENT;
    }
    if (error == 0 && flags & OPEN_TRUNCATE) {
        error = fat_truncate(*place);
    }
    return error;
}

long files_open(const char *path, uint32_t flags, struct fat_place *place)
{
    mutex_lock(&lock);
    long error = open_locked(path, flags, place);
    mutex_unlock(&lock);
    return error;
}

long files_status(struct fat_place place, struct fat_entry *entry)
{
    mutex_lock(&lock);
    long error = fat_load(place, entry);
    mutex_unlock(&lock);
    return error;
}

long files_read(struct fat_place place, uint32_t offset, void *buffer, size_t size)
{
    mutex_lock(&lock);
    long result = fat_read(place, offset, buffer, size);
    mutex_unlock(&lock);
    return result;
}

long files_write(struct fat_place place, uint32_t offset, const void *buffer,
                 size_t size)
{
    mutex_lock(&lock);
    long result = fat_write(place, offset, buffer, size);
    mutex_unlock(&lock);
    return result;
}

long files_unlink(const char *path)
{
    struct fat_place place;
    mutex_lock(&lock);
    long error = fat_find(path, &place);
    if (error == 0) {
        error = fat_remove(place);
    }
    mutex_unlock(&lock);
    return error;
}

long files_rename(const char *from, const char *to)
{
    struct fat_place place;
    mutex_lock(&lock);
    long error = fat_find(from, &place);
    if (error == 0) {
        error = fat_rename(place, to);
    }
    mutex_unlock(&lock);
    return error;
}

// "C-000291SYS" becomes "C-000291.SYS".
static void readable_name(const char raw[FAT_NAME_BYTES], char *name)
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

long files_list(const char *path, uint32_t index, struct file_entry *entry)
{
    struct fat_entry found;
    mutex_lock(&lock);
    long error = fat_list(path, index, &found);
    mutex_unlock(&lock);
    if (error < 0) {
        return error;
    }
    *entry = (struct file_entry){
        .size = found.size,
        .is_directory = (found.attributes & FAT_DIRECTORY) != 0,
    };
    readable_name(found.name, entry->name);
    return 0;
}

static long read_whole_locked(const char *path, void **bytes)
{
    struct fat_place place;
    struct fat_entry entry;
    long error = open_locked(path, OPEN_READ, &place);
    if (error == 0) {
        error = fat_load(place, &entry);
    }
    if (error < 0) {
        return error;
    }
    *bytes = heap_allocate_uncleared((size_t)entry.size + 1);
    if (*bytes == NULL) {
        return -ERROR_NO_MEMORY;
    }
    long size = fat_read(place, 0, *bytes, entry.size);
    if (size < 0) {
        heap_free(*bytes);
        return size;
    }
    ((char *)*bytes)[size] = '\0';
    return size;
}

long files_read_whole(const char *path, void **bytes)
{
    mutex_lock(&lock);
    long size = read_whole_locked(path, bytes);
    mutex_unlock(&lock);
    return size;
}
