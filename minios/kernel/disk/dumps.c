// The dump of the last crash becomes a file.
//
// A crashing kernel cannot use the file system, so it writes the dump to reserved
// sectors (traps/dump.c). The next start copies it to a file here: when the machine is
// ready, or before the recovery environment begins. Windows does the same with its page
// file.
//
//     reserved sectors -> MINI.NEW, piece by piece -> MINInnnn.DMP
//     -> a mark in the reserved sectors
//
// The machine may crash again or lose power after any of these steps. Each leaves the
// disk in a state from which the next start can do all of it again. If a step fails,
// the dump stays in the reserved sectors. Nothing is written to the console, because
// the moment depends on the speed of the disk, and the console is compared with that of
// QEMU.
//
// Left out: numbers begin again after 9999. If a folder has used up its numbers, no
// more dumps become files until somebody empties it.
#include "disk/dumps.h"

#include "devices/beacon.h"
#include "devices/block.h"
#include "disk/files.h"
#include "library/text.h"

#define NEW_PATH    DUMPS_FOLDER "/MINI.NEW"
#define CHUNK_BYTES 2048U
#define PART_LIMIT  ((DUMP_SECTORS - DUMP_MEMORY_SECTOR) * SECTOR_SIZE)

// Only the System thread uses this buffer, so it needs no lock.
static uint8_t dump[DUMP_SECTORS * SECTOR_SIZE] __attribute__((aligned(16)));

static struct dump_part *part(unsigned sector)
{
    return (struct dump_part *)(dump + sector * SECTOR_SIZE);
}

// How many bytes the dump has, up to the end of its last part. 0 if there is no dump.
static uint32_t dump_size(void)
{
    static const unsigned sectors[] = {
        DUMP_STOP_SECTOR, DUMP_MODULES_SECTOR, DUMP_WALK_SECTOR,
        DUMP_CODE_SECTOR, DUMP_STACK_SECTOR,   DUMP_MEMORY_SECTOR,
    };
    uint32_t size = 0;
    for (unsigned i = 0; i < COUNT(sectors); i++) {
        const struct dump_part *at = part(sectors[i]);
        if (at->magic == DUMP_MAGIC && at->stamp == part(DUMP_STOP_SECTOR)->stamp &&
            at->size <= PART_LIMIT - sizeof(*at)) {
            uint32_t end = sectors[i] * SECTOR_SIZE + sizeof(*at) + at->size;
            size = (end + SECTOR_SIZE - 1) / SECTOR_SIZE * SECTOR_SIZE;
        }
    }
    return size;
}

// The number of a dump file: 12 for "MINI0012.DMP". 0 if the name has another form.
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
    good = files_close(file, flags, NULL) == 0 && good;
    if (!good) {
        (void)files_unlink(NEW_PATH);  // the disk is full, or cannot be written
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
    // The mark: this dump was copied. No checksum covers it, so the dump stays valid.
    part(DUMP_STOP_SECTOR)->taken_over = number;
    if (write_new(size) && files_rename(NEW_PATH, path) == 0 &&
        block_write(DUMP_SECTOR, 1, dump)) {
        struct record record = {.kind = RECORD_DUMP_SAVED, .dump_saved.size = size};
        make_path(record.text, number);
        beacon_report(&record);
    }
}
