// The dump of the last crash becomes a file, once the machine is up again, or before the
// recovery environment begins, whatever comes first.
//
//     reserved sectors  ->  MINI.NEW, a cluster at a time  ->  MINInnnn.DMP  ->  a mark in
//     the reserved sectors
//
// Each step leaves the disk in a state from which the next boot can do it again, because
// a machine in a crash loop may be stopped at any of them. Whatever fails, the dump stays
// where it is. Nothing is said on the console: when this happens depends on the disk.
//
// Left out: numbers start again after 9999. A folder that is full of numbers takes no more
// dumps until somebody empties it.
#include "disk/dumps.h"

#include "devices/beacon.h"
#include "devices/block.h"
#include "disk/files.h"
#include "library/text.h"

#define NEW_PATH    DUMPS_FOLDER "/MINI.NEW"
#define CHUNK_BYTES 2048U
#define PART_LIMIT  ((DUMP_SECTORS - DUMP_MEMORY_SECTOR) * SECTOR_SIZE)

// Of the System thread alone.
static uint8_t dump[DUMP_SECTORS * SECTOR_SIZE] __attribute__((aligned(16)));

static struct dump_part *part(unsigned sector)
{
    return (struct dump_part *)(dump + sector * SECTOR_SIZE);
}

// Bytes up to the end of the last part; 0 if there is no dump.
static uint32_t dump_size(void)
{
    static const unsigned sectors[] = {
        DUMP_STOP_SECTOR, DUMP_MODULES_SECTOR, DUMP_WALK_SECTOR,
        DUMP_CODE_SECTOR, DUMP_STACK_SECTOR,   DUMP_MEMORY_SECTOR,
    };
    uint32_t size = 0;
    for (unsigned i = 0; i < sizeof(sectors) / sizeof(sectors[0]); i++) {
        const struct dump_part *at = part(sectors[i]);
        if (at->magic == DUMP_MAGIC && at->stamp == part(DUMP_STOP_SECTOR)->stamp &&
            at->size <= PART_LIMIT - sizeof(*at)) {
            uint32_t end = sectors[i] * SECTOR_SIZE + sizeof(*at) + at->size;
            size = (end + SECTOR_SIZE - 1) / SECTOR_SIZE * SECTOR_SIZE;
        }
    }
    return size;
}

// "MINI0012.DMP" is 12; 0 if the name is another.
static unsigned number_of(const char *name)
{
    unsigned number = 0;
    if (memcmp(name, "MINI", 4) != 0 || !text_equal(name + 8, ".DMP")) {
        return 0;
    }
    for (unsigned i = 4; i < 8; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return 0;
        }
        number = number * 10 + (unsigned)(name[i] - '0');
    }
    return number;
}

struct numbers {
    unsigned count;
    unsigned lowest;
    unsigned highest;
};

static struct numbers numbers_in_use(void)
{
    struct numbers found = {.lowest = DUMPS_HIGHEST + 1};
    struct file_entry entry;
    for (uint32_t i = 0; files_list(DUMPS_FOLDER, i, &entry) == 0; i++) {
        unsigned number = number_of(entry.name);
        if (number == 0) {
            continue;
        }
        found.count++;
        found.lowest = number < found.lowest ? number : found.lowest;
        found.highest = number > found.highest ? number : found.highest;
    }
    return found;
}

static void make_path(char path[PATH_SIZE], unsigned number)
{
    text_format(path, PATH_SIZE, DUMPS_FOLDER "/MINI%04u.DMP", number);
}

static bool write_pieces(struct open_file *file, uint32_t size)
{
    for (uint32_t done = 0; done < size; done += CHUNK_BYTES) {
        uint32_t bytes = size - done < CHUNK_BYTES ? size - done : CHUNK_BYTES;
        if (files_write(file, done, dump + done, bytes) < 0) {
            return false;
        }
    }
    return true;
}

static bool write_new(uint32_t size)
{
    const uint32_t flags = OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE;
    struct open_file *file;
    if (files_open(NEW_PATH, flags, &file) < 0) {
        return false;
    }
    bool good = write_pieces(file, size);
    good = files_close(file, flags) == 0 && good;
    if (!good) {
        (void)files_unlink(NEW_PATH);  // the disk is full or fails
    }
    return good;
}

static void make_room(void)
{
    char path[PATH_SIZE];
    for (;;) {
        struct numbers used = numbers_in_use();
        make_path(path, used.lowest);
        if (used.count < DUMPS_KEPT || files_unlink(path) < 0) {
            return;
        }
    }
}

// The mark is outside what the checksums cover.
static bool mark(unsigned number)
{
    part(DUMP_STOP_SECTOR)->taken_over = number;
    return block_write(DUMP_SECTOR, 1, dump);
}

static void report(unsigned number, uint32_t size)
{
    struct record record = {.kind = RECORD_DUMP_SAVED, .values = {size}};
    make_path(record.text, number);
    text_copy(record.name, sizeof(record.name), record.text + sizeof(DUMPS_FOLDER));
    beacon_report(&record);
}

void dumps_take_over(void)
{
    char path[PATH_SIZE];
    if (!block_read(DUMP_SECTOR, 1, dump) ||
        part(DUMP_STOP_SECTOR)->magic != DUMP_MAGIC ||
        part(DUMP_STOP_SECTOR)->taken_over != 0 ||
        !block_read(DUMP_SECTOR, DUMP_SECTORS, dump)) {
        return;
    }
    uint32_t size = dump_size();
    make_room();
    unsigned number = numbers_in_use().highest + 1;
    if (size == 0 || number > DUMPS_HIGHEST) {
        return;
    }
    make_path(path, number);
    part(DUMP_STOP_SECTOR)->taken_over = number;
    if (write_new(size) && files_rename(NEW_PATH, path) == 0 && mark(number)) {
        report(number, size);
    }
}
