// Files by path: takes the lock, and calls the function that does the work. Whole files
// are read here, too. The system calls in syscalls/files.c and the loaders use this
// file.
#include "disk/files.h"

#include "disk/open_files.h"
#include "disk/volume.h"
#include "library/text.h"
#include "memory/heap.h"
#include "tasks/thread.h"

static struct mutex lock;  // guards everything in this folder
static bool is_read_only;

// Takes the lock. Returns an error if no file may be changed; the lock is held all the
// same.
static long lock_to_change(void)
{
    mutex_lock(&lock);
    return is_read_only ? -ERROR_READ_ONLY : 0;
}

static long lock_to_open(uint32_t flags)
{
    long error = lock_to_change();
    return flags & OPEN_CHANGES ? error : 0;
}

uint16_t files_date(void)
{
    return volume.today;
}

void files_set_date(uint16_t date)
{
    volume.today = date;
}

long files_mount(uint16_t date)
{
    mutex_lock(&lock);
    long error = fat_mount(date);
    mutex_unlock(&lock);
    return error;
}

long files_remount(bool read_only)
{
    mutex_lock(&lock);
    long error = read_only && open_files_have_drafts() ? -ERROR_BUSY : 0;
    is_read_only = error == 0 ? read_only : is_read_only;
    mutex_unlock(&lock);
    return error;
}

long files_open(const char *path, uint32_t flags, struct open_file **file)
{
    long error = lock_to_open(flags);
    if (error == 0) {
        error = open_file_open(path, flags, file);
    }
    mutex_unlock(&lock);
    return error;
}

long files_close(struct open_file *file, uint32_t flags, bool *has_changed)
{
    bool changed;
    mutex_lock(&lock);
    long error = open_file_close(file, flags, &changed);
    mutex_unlock(&lock);
    if (has_changed != NULL) {
        *has_changed = changed;
    }
    return error;
}

long files_read(struct open_file *file, uint32_t offset, void *buffer, size_t size)
{
    mutex_lock(&lock);
    long result = fat_read(&file->content, offset, buffer, size);
    mutex_unlock(&lock);
    return result;
}

long files_write(struct open_file *file, uint32_t offset, const void *buffer,
                 size_t size)
{
    long result = lock_to_change();
    if (result == 0) {
        result = open_file_write(file, offset, buffer, size);
    }
    mutex_unlock(&lock);
    return result;
}

long files_truncate(struct open_file *file, uint32_t size)
{
    long error = lock_to_change();
    if (error == 0) {
        error = open_file_truncate(file, size);
    }
    mutex_unlock(&lock);
    return error;
}

long files_unlink(const char *path)
{
    long error = lock_to_change();
    if (error == 0) {
        error = open_file_unlink(path);
    }
    mutex_unlock(&lock);
    return error;
}

long files_rename(const char *from, const char *to)
{
    long error = lock_to_change();
    if (error == 0) {
        error = open_file_rename(from, to);
    }
    mutex_unlock(&lock);
    return error;
}

long files_clone(const char *path, const char *to)
{
    long error = lock_to_change();
    if (error == 0) {
        error = open_file_clone(path, to);
    }
    mutex_unlock(&lock);
    return error;
}

long files_set_flags(const char *path, uint32_t flags)
{
    struct fat_place place;
    struct fat_entry entry;
    long error = lock_to_change();
    if (error == 0) {
        error = fat_find(path, &place, &entry);
    }
    if (error == 0) {
        error = fat_set_flags(place, flags);
    }
    mutex_unlock(&lock);
    return error;
}

long files_set_times(const char *path, uint32_t date, uint32_t time)
{
    struct fat_place place;
    struct fat_entry entry;
    long error = lock_to_change();
    if (error == 0) {
        error = fat_find(path, &place, &entry);
    }
    if (error == 0) {
        error = date == 0 ? fat_set_times(place, volume.today, FILE_TIME)
                          : fat_set_times(place, date, time);
    }
    mutex_unlock(&lock);
    return error;
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
    fat_readable_name(found.name, entry->name);
    return 0;
}

// The root directory has no entry, because no folder holds it.
static long find_or_root(const char *path, struct fat_entry *entry)
{
    struct fat_place place;
    const char *rest = path;
    while (*rest == '/') {
        rest++;
    }
    if (*rest != '\0') {
        return fat_find(path, &place, entry);
    }
    *entry = (struct fat_entry){.attributes = FAT_DIRECTORY};
    return 0;
}

long files_status(const char *path, struct file_status *status)
{
    struct fat_entry entry;
    mutex_lock(&lock);
    long error = find_or_root(path, &entry);
    mutex_unlock(&lock);
    if (error == 0) {
        *status = (struct file_status){
            .size = entry.size,
            .flags = entry.attributes,
            .time = entry.time,
            .date = entry.date,
            .created_time = entry.created_time,
            .created_date = entry.created_date,
        };
    }
    return error;
}

long files_attributes(const char *path, struct file_attributes *attributes)
{
    struct fat_entry entry;
    mutex_lock(&lock);
    long error = find_or_root(path, &entry);
    if (error == 0) {
        struct fat_layout layout = fat_layout(entry.cluster);
        *attributes = (struct file_attributes){
            .flags = entry.attributes,
            .first_cluster = entry.cluster,
            .clusters = layout.clusters,
            .pieces = layout.pieces,
            .cluster_size = volume.cluster_sectors * SECTOR_SIZE,
            .disk_clusters = volume.clusters - CLUSTER_FIRST,
            .free_clusters = volume_count_free(),
            .is_read_only = is_read_only,
        };
    }
    mutex_unlock(&lock);
    return error;
}

long files_check(const char *path, uint32_t flags)
{
    struct fat_entry entry;
    long error = lock_to_open(flags);
    if (error == 0) {
        error = flags == 0 ? find_or_root(path, &entry) : open_file_check(path, flags);
    }
    mutex_unlock(&lock);
    return error;
}

void files_share(struct open_file *file)
{
    mutex_lock(&lock);
    file->handles++;
    mutex_unlock(&lock);
}

static long path_of(const struct open_file *file, char path[PATH_SIZE])
{
    return file->place.sector == 0 ? -ERROR_NOT_FOUND : fat_path(file->place, path);
}

long files_path(const struct open_file *file, char path[PATH_SIZE])
{
    mutex_lock(&lock);
    long error = path_of(file, path);
    mutex_unlock(&lock);
    return error;
}

void files_describe(const struct open_file *file, uint32_t *size, char path[PATH_SIZE])
{
    mutex_lock(&lock);
    *size = file->content.size;
    if (path_of(file, path) < 0) {
        path[0] = '\0';
    }
    mutex_unlock(&lock);
}

long files_read_start(const char *path, void *buffer, size_t capacity)
{
    struct fat_content content;
    mutex_lock(&lock);
    long error = open_file_look(path, &content);
    if (error == 0) {
        error = fat_read(&content, 0, buffer, capacity);
    }
    mutex_unlock(&lock);
    return error < 0 ? error : (long)content.size;
}

static long read_whole_locked(const char *path, void **bytes)
{
    struct fat_content content;
    long error = open_file_look(path, &content);
    if (error < 0) {
        return error;
    }
    *bytes = heap_allocate_uncleared((size_t)content.size + 1);
    if (*bytes == NULL) {
        return -ERROR_NO_MEMORY;
    }
    long size = fat_read(&content, 0, *bytes, content.size);
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
