// What the last crash was. The kernel has made a file of the crash dump
// (kernel/disk/dumps.c; the layout is in minios/abi/dump.py). Only the first parts are
// read here; `minios inspect`, outside the machine, shows all of it.
#include "last_stop.h"

#include "console.h"
#include "crc32.h"
#include "file.h"
#include "file_commands.h"
#include "format.h"
#include "string.h"
#include "system.h"

#define DUMP_HEAD_BYTES (2 * SECTOR_SIZE)  // the parts STOP and MODULES

const char *stop_name(uint64_t code)
{
#define STOP_ROW(number, name) \
    if (code == (number)) { \
        return name; \
    }
    STOP_CODE_TABLE(STOP_ROW)
#undef STOP_ROW
    return "UNKNOWN_STOP_CODE";
}

// The path of the newest dump. It has the highest number, because numbers only grow.
static bool newest_dump(char path[PATH_SIZE])
{
    struct file_entry entry;
    char newest[sizeof(entry.name)] = "";
    for (uint32_t i = 0; sys_list(DUMPS_FOLDER, i, &entry) >= 0; i++) {
        if (string_starts(entry.name, "MINI") && string_find(entry.name, ".DMP") &&
            strcmp(entry.name, newest) > 0) {
            (void)string_copy(newest, sizeof(newest), entry.name);
        }
    }
    format_text(path, PATH_SIZE, DUMPS_FOLDER "/%s", newest);
    return newest[0] != '\0';
}

// Writes who is to blame, as the crashing kernel has written it. If the fault was in
// the code of that module, adds the offset in it, which the list of modules tells.
static void find_place(const uint8_t *head, struct last_stop *last)
{
    struct dump_part part;
    memcpy(&part, head + DUMP_MODULES_SECTOR * SECTOR_SIZE, sizeof(part));
    const uint8_t *rows = head + DUMP_MODULES_SECTOR * SECTOR_SIZE + sizeof(part);
    uint64_t rip = last->stop.registers[DUMP_REGISTER_RIP];
    (void)string_copy(last->place, sizeof(last->place), last->stop.blamed);
    if (part.magic != DUMP_MAGIC || part.kind != DUMP_PART_MODULES ||
        part.size > DUMP_MODULE_ROWS * sizeof(struct dump_module)) {
        return;
    }
    for (uint32_t at = 0; at + sizeof(struct dump_module) <= part.size;
         at += sizeof(struct dump_module)) {
        struct dump_module module;
        memcpy(&module, rows + at, sizeof(module));
        module.name[sizeof(module.name) - 1] = '\0';
        if (rip - module.base < module.size &&
            string_equals(module.name, last->stop.blamed)) {
            format_text(last->place, sizeof(last->place), "%s+0x%lx", module.name,
                        rip - module.base);
        }
    }
}

static struct last_stop last_stop_read(const char *path)
{
    static uint8_t head[DUMP_HEAD_BYTES];
    struct last_stop last = {0};
    struct dump_part part;
    (void)string_copy(last.path, sizeof(last.path), path);
    memset(head, 0, sizeof(head));
    if (file_read(path, head, sizeof(head)) < (long)sizeof(head)) {
        return last;
    }
    memcpy(&part, head, sizeof(part));
    memcpy(&last.stop, head + sizeof(part), sizeof(last.stop));
    last.stop.blamed[sizeof(last.stop.blamed) - 1] = '\0';
    last.stop.process[sizeof(last.stop.process) - 1] = '\0';
    last.known = part.magic == DUMP_MAGIC && part.kind == DUMP_PART_STOP &&
                 crc32(head + sizeof(part), sizeof(last.stop)) == part.checksum;
    if (last.known) {
        find_place(head, &last);
    }
    return last;
}

struct last_stop last_stop_newest(void)
{
    char path[PATH_SIZE];
    return newest_dump(path) ? last_stop_read(path) : (struct last_stop){0};
}

void command_dump(const char *first, const char *second)
{
    (void)second;
    char path[PATH_SIZE];
    if (*first == '\0') {
        if (!newest_dump(path)) {
            say("there is no dump");
            return;
        }
    } else if (!path_make(path, DUMPS_FOLDER "/", first)) {
        return;
    } else if (!path_exists(path)) {
        say("%s: no such dump; `ls " DUMPS_FOLDER "` lists them", path);
        return;
    }
    struct last_stop last = last_stop_read(path);
    if (!last.known) {
        say("%s: not a dump, or damaged", path);
        return;
    }
    const struct dump_stop *stop = &last.stop;
    say("%s", last.path);
    say("stop 0x%lx %s", stop->code, stop_name(stop->code));
    say("parameters 0x%lx 0x%lx 0x%lx 0x%lx", stop->parameters[0], stop->parameters[1],
        stop->parameters[2], stop->parameters[3]);
    say("in %s, IRQL %u, process %s", last.place, stop->irql,
        stop->process[0] == '\0' ? "System" : stop->process);
}
