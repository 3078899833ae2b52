// The file of approvals (see approvals.h):
//
//     +---------------+-------+----------+-----------------------------+
//     | magic         | count | checksum | APPROVALS_LIMIT rows        |
//     +---------------+-------+----------+-----------------------------+
//
// The checksum finds damage. It says nothing about plugins: each row has the digest of a
// plugin's bytes, which cannot be forged.
//
// The file is never written in its place. The new one is written beside it and takes its
// name, so a power cut leaves the whole old or the whole new one. Programs cannot change
// it: the system calls about files refuse that, as macOS protects its own database.
#include "plugins/approvals.h"

#include "base/irql.h"
#include "base/policy.h"
#include "devices/console.h"
#include "disk/boot_status.h"
#include "disk/files.h"
#include "library/crc32.h"
#include "library/sha256.h"
#include "library/text.h"
#include "memory/heap.h"

static struct approvals current;  // guarded by IRQL_HIGH
static bool are_kept;             // there is a file, or there was one
static bool is_changing;          // somebody has a copy

static bool is_whole(const struct approvals *read, long size)
{
    return size == sizeof(*read) && read->magic == APPROVALS_MAGIC &&
           read->count <= APPROVALS_LIMIT &&
           read->checksum == crc32(read->rows, sizeof(read->rows));
}

static long write_file(struct approvals *table)
{
    struct open_file *file;
    uint32_t flags = OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE;
    table->magic = APPROVALS_MAGIC;
    table->checksum = crc32(table->rows, sizeof(table->rows));
    long error = files_open(APPROVALS_NEW_PATH, flags, &file);
    if (error < 0) {
        return error;
    }
    long written = files_write(file, 0, table, sizeof(*table));
    error = files_close(file, flags, NULL);
    if (written < 0) {
        return written;
    }
    return error < 0 ? error : files_rename(APPROVALS_NEW_PATH, APPROVALS_PATH);
}

// Takes out the plugins that were to leave with this start, and what was offered in their
// place: there is nothing left to replace. Returns how many rows.
static unsigned let_leave(struct approvals *table)
{
    unsigned before = table->count;
    for (unsigned i = table->count; i > 0; i--) {
        if (table->rows[i - 1].state == APPROVAL_LEAVING) {
            console_log("approvals: %s is uninstalled", table->rows[i - 1].name);
            approvals_remove(table, &table->rows[i - 1]);
        }
    }
    for (unsigned i = table->count; i > 0; i--) {
        struct approval *row = &table->rows[i - 1];
        if (row->state == APPROVAL_OFFERED &&
            approvals_row(table, row->name, APPROVAL_ENABLED) == NULL) {
            approvals_remove(table, row);
        }
    }
    return before - table->count;
}

void approvals_read(void)
{
    struct approvals *read;
    long size = files_read_whole(APPROVALS_PATH, (void **)&read);
    are_kept = size != -ERROR_NOT_FOUND;
    if (!are_kept) {
        return;
    }
    if (size >= 0 && is_whole(read, size)) {
        current = *read;
    } else {
        console_log("approvals: %s is damaged: nothing is approved", APPROVALS_PATH);
    }
    if (size >= 0) {
        heap_free(read);
    }
    if (let_leave(&current) > 0 && write_file(&current) < 0) {
        console_log("approvals: %s cannot be written", APPROVALS_PATH);
    }
}

bool approvals_are_kept(void)
{
    return are_kept;
}

bool approvals_query(uint32_t index, struct approval *row)
{
    enum irql old = irql_raise(IRQL_HIGH);
    bool found = index < current.count;
    if (found) {
        *row = current.rows[index];
    }
    irql_lower(old);
    return found;
}

bool approvals_find(const char *name, uint32_t state, uint32_t or_state,
                    struct approval *row)
{
    for (uint32_t i = 0; approvals_query(i, row); i++) {
        if (text_equal(row->name, name) &&
            (row->state == state || row->state == or_state)) {
            return true;
        }
    }
    return false;
}

// Finds the row of what runs from this file. What is leaving runs until the restart.
static bool find_active(const char *path, struct approval *row)
{
    char image[PATH_SIZE];
    text_path(image, sizeof(image), path);
    for (uint32_t i = 0; approvals_query(i, row); i++) {
        if (text_equal(row->image, image) &&
            (row->state == APPROVAL_ENABLED || row->state == APPROVAL_LEAVING)) {
            return true;
        }
    }
    return false;
}

long approvals_check(unsigned ring, const char *path, const void *bytes, size_t size)
{
    struct approval row;
    uint8_t digest[SHA256_BYTES];
    if (ring != 0 && !are_kept) {
        return 0;
    }
    if (!find_active(path, &row) || (row.kind == SERVICE_DRIVER) != (ring == 0)) {
        return -ERROR_NOT_APPROVED;
    }
    sha256(bytes, size, digest);
    if (memcmp(digest, row.digest, sizeof(digest)) != 0) {
        return -ERROR_NOT_APPROVED;
    }
    if (ring == 0 && policy_kexts()->waits &&
        row.approved_in == boot_status_current().starts) {
        console_log("%s: approved, and loaded from the next start on", row.name);
        return -ERROR_NOT_APPROVED;
    }
    return 0;
}

bool approvals_let_see_events(const char *path)
{
    struct approval row;
    return !are_kept || (find_active(path, &row) && row.sees_events);
}

static const char *const own_paths[] = {APPROVALS_PATH, APPROVALS_NEW_PATH};

bool approvals_own(const char *path)
{
    char canonical[PATH_SIZE];
    text_path(canonical, sizeof(canonical), path);
    for (unsigned i = 0; i < COUNT(own_paths); i++) {
        if (text_equal(canonical, own_paths[i])) {
            return true;
        }
    }
    return false;
}

bool approvals_hang_on(const char *path)
{
    char canonical[PATH_SIZE];
    text_path(canonical, sizeof(canonical), path);
    size_t length = strlen(canonical);
    for (unsigned i = 0; i < COUNT(own_paths); i++) {
        const char *own = own_paths[i];
        if (length <= strlen(own) && memcmp(canonical, own, length) == 0 &&
            (length == 1 || own[length] == '/' || own[length] == '\0')) {
            return true;
        }
    }
    return false;
}

// ---- Changing them.

long approvals_begin(struct approvals **copy)
{
    *copy = heap_allocate(sizeof(**copy));
    if (*copy == NULL) {
        return -ERROR_NO_MEMORY;
    }
    enum irql old = irql_raise(IRQL_HIGH);
    bool is_free = !is_changing;
    is_changing = true;
    **copy = current;
    irql_lower(old);
    if (!is_free) {
        heap_free(*copy);
    }
    return is_free ? 0 : -ERROR_WOULD_BLOCK;
}

long approvals_end(struct approvals *copy, bool write)
{
    long error = write ? write_file(copy) : 0;
    enum irql old = irql_raise(IRQL_HIGH);
    if (write && error == 0) {
        current = *copy;
        are_kept = true;
    }
    is_changing = false;
    irql_lower(old);
    heap_free(copy);
    return error;
}

struct approval *approvals_row(struct approvals *copy, const char *name, uint32_t state)
{
    for (unsigned i = 0; i < copy->count; i++) {
        if (copy->rows[i].state == state && text_equal(copy->rows[i].name, name)) {
            return &copy->rows[i];
        }
    }
    return NULL;
}

bool approvals_add(struct approvals *copy, const struct approval *row)
{
    if (copy->count == APPROVALS_LIMIT) {
        return false;
    }
    copy->rows[copy->count++] = *row;
    return true;
}

void approvals_remove(struct approvals *copy, struct approval *row)
{
    *row = copy->rows[--copy->count];
    copy->rows[copy->count] = (struct approval){0};
}
