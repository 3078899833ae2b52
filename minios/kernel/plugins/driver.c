// Drivers: from a relocatable ELF file to code in ring 0.
//
//   1. lay out the sections in the driver region: text, then constants, then data, each
//      on pages of its own
//   2. give every symbol an address; undefined ones must be among the kernel's exports
//   3. apply the relocations
//   4. take away the right to write from text and constants
//   5. run it, on a thread of System
//
// Steps 1 to 4 check every offset against the file's size. After step 5 there is nothing
// left that could be checked: the code has the same rights as this file.
#include "plugins/driver.h"

#include "devices/beacon.h"
#include "devices/console.h"
#include "disk/files.h"
#include "ipc/port.h"
#include "library/elf.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/boot_options.h"
#include "plugins/exports.h"
#include "tasks/thread.h"
#include "traps/irql.h"
#include <minios/plugin.h>

#define DRIVERS_LIMIT      DUMP_MODULES
#define SECTIONS_LIMIT     64
#define DRIVER_BYTES_LIMIT (256 * 1024)

// An ELF file that is being linked.
struct object {
    uint8_t *bytes;
    uint64_t size;
    const struct elf_section *sections;
    unsigned section_count;
    uint64_t placed[SECTIONS_LIMIT];  // address of each section in memory, 0 = nowhere
    const struct elf_symbol *symbols;
    unsigned symbol_count;
    const char *names;
    uint64_t names_size;
};

static struct driver drivers[DRIVERS_LIMIT];
static unsigned driver_count;
static uint64_t next_address = DRIVER_REGION;
static struct wait_queue started;  // somebody waits for a start function to return

static bool inside(const struct object *object, uint64_t offset, uint64_t size)
{
    return size <= object->size && offset <= object->size - size;
}

static bool open_object(struct object *object)
{
    const struct elf_header *header = (const void *)object->bytes;
    if (object->size < sizeof(*header) || header->magic != ELF_MAGIC ||
        header->class != ELF_CLASS_64 || header->type != ELF_TYPE_RELOCATABLE ||
        header->machine != ELF_MACHINE_X86_64 ||
        header->section_header_size != sizeof(struct elf_section) ||
        header->section_header_count > SECTIONS_LIMIT ||
        !inside(object, header->section_headers,
                header->section_header_count * sizeof(struct elf_section))) {
        return false;
    }
    object->sections = (const void *)(object->bytes + header->section_headers);
    object->section_count = header->section_header_count;
    for (unsigned i = 0; i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];
        if (section->type != ELF_SECTION_NO_BITS &&
            !inside(object, section->offset, section->size)) {
            return false;
        }
        if (section->type == ELF_SECTION_SYMBOLS &&
            section->link < object->section_count &&
            object->sections[section->link].type != ELF_SECTION_NO_BITS) {
            const struct elf_section *names = &object->sections[section->link];
            object->symbols = (const void *)(object->bytes + section->offset);
            object->symbol_count =
                (unsigned)(section->size / sizeof(struct elf_symbol));
            object->names = (const char *)(object->bytes + names->offset);
            object->names_size = names->size;
        }
    }
    return object->symbols != NULL && object->names_size > 0 &&
           object->names[object->names_size - 1] == '\0';
}

// ---- 1. Layout.

static bool place_section(struct object *object, unsigned index, uint64_t *at)
{
    const struct elf_section *section = &object->sections[index];
    uint64_t alignment = section->alignment == 0 ? 1 : section->alignment;
    if (alignment > PAGE_SIZE || section->size > DRIVER_BYTES_LIMIT) {
        return false;
    }
    *at = (*at + alignment - 1) / alignment * alignment;
    for (uint64_t page = *at & ~(uint64_t)(PAGE_SIZE - 1); page < *at + section->size;
         page += PAGE_SIZE) {
        if (page_table_entry(page_table_kernel(), page) & PTE_PRESENT) {
            continue;
        }
        uint64_t frame = frames_allocate();
        if (frame == FRAME_NONE ||
            !page_table_map(page_table_kernel(), page, frame, PAGE_READ_WRITE)) {
            return false;
        }
    }
    if (section->type != ELF_SECTION_NO_BITS) {
        memcpy((void *)*at, object->bytes + section->offset, section->size);
    }
    object->placed[index] = *at;
    *at += section->size;
    return true;
}

// Places all sections whose flags are these, beginning on a new page.
static bool place_group(struct object *object, uint64_t flags, uint64_t *at)
{
    *at = (*at + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    uint64_t mask = ELF_SECTION_ALLOCATE | ELF_SECTION_EXECUTE | ELF_SECTION_WRITE;
    for (unsigned i = 0; i < object->section_count; i++) {
        if ((object->sections[i].flags & mask) == flags &&
            object->sections[i].size > 0 && !place_section(object, i, at)) {
            return false;
        }
    }
    return true;
}

// ---- 2. Symbols.

static bool symbol_address(const struct object *object, uint32_t index,
                           uint64_t *address)
{
    if (index >= object->symbol_count) {
        return false;
    }
    const struct elf_symbol *symbol = &object->symbols[index];
    const char *name =
        symbol->name < object->names_size ? object->names + symbol->name : "";
    if (symbol->section == ELF_UNDEFINED) {
        *address = export_find(name);
        if (*address == 0) {
            console_log("driver: the kernel does not export '%s'", name);
        }
        return *address != 0;
    }
    if (symbol->section >= object->section_count ||
        object->placed[symbol->section] == 0) {
        return false;
    }
    *address = object->placed[symbol->section] + symbol->value;
    return true;
}

static bool find_symbol(const struct object *object, const char *name,
                        uint64_t *address)
{
    for (uint32_t i = 0; i < object->symbol_count; i++) {
        const struct elf_symbol *symbol = &object->symbols[i];
        if (symbol->name < object->names_size && symbol->section != ELF_UNDEFINED &&
            text_equal(object->names + symbol->name, name)) {
            return symbol_address(object, i, address);
        }
    }
    return false;
}

// ---- 3. Relocations (System V ABI, AMD64 supplement, table 4.9).

static bool relocate(const struct object *object,
                     const struct elf_relocation *relocation, uint64_t section,
                     uint64_t section_size)
{
    uint64_t value, place = section + relocation->offset;
    if (relocation->offset > section_size || section_size - relocation->offset < 4 ||
        !symbol_address(object, relocation->symbol, &value)) {
        return false;
    }
    value += (uint64_t)relocation->addend;
    int64_t distance = (int64_t)(value - place);
    switch (relocation->type) {
    case ELF_RELOCATION_64:
        if (section_size - relocation->offset < 8) {
            return false;
        }
        *(uint64_t *)place = value;
        return true;
    case ELF_RELOCATION_PC32:
    case ELF_RELOCATION_PLT32:
        *(int32_t *)place = (int32_t)distance;
        return distance == (int32_t)distance;
    case ELF_RELOCATION_32S:
        *(int32_t *)place = (int32_t)value;
        return (int64_t)value == (int32_t)value;
    case ELF_RELOCATION_32:
        *(uint32_t *)place = (uint32_t)value;
        return value == (uint32_t)value;
    default:
        return false;
    }
}

static bool relocate_all(const struct object *object)
{
    for (unsigned i = 0; i < object->section_count; i++) {
        const struct elf_section *list = &object->sections[i];
        if (list->type != ELF_SECTION_RELOCATIONS ||
            list->info >= object->section_count || object->placed[list->info] == 0) {
            continue;
        }
        const struct elf_relocation *entry =
            (const void *)(object->bytes + list->offset);
        for (uint64_t n = list->size / sizeof(*entry); n > 0; n--, entry++) {
            if (!relocate(object, entry, object->placed[list->info],
                          object->sections[list->info].size)) {
                return false;
            }
        }
    }
    return true;
}

// ---- All of it.

static bool link_object(struct object *object, struct driver *driver)
{
    uint64_t at = next_address, constants, data, plugin;
    driver->base = at;
    if (!open_object(object) ||
        !place_group(object, ELF_SECTION_ALLOCATE | ELF_SECTION_EXECUTE, &at)) {
        return false;
    }
    constants = (at + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    if (!place_group(object, ELF_SECTION_ALLOCATE, &at)) {
        return false;
    }
    data = (at + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    if (!place_group(object, ELF_SECTION_ALLOCATE | ELF_SECTION_WRITE, &at) ||
        !relocate_all(object) || !find_symbol(object, "plugin", &plugin)) {
        return false;
    }
    for (uint64_t page = driver->base; page < data; page += PAGE_SIZE) {
        page_table_protect(page, page < constants ? PAGE_EXECUTE : PAGE_READ);
    }
    driver->plugin = (const struct plugin *)plugin;
    next_address = ((at + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1)) + PAGE_SIZE;
    driver->size = next_address - PAGE_SIZE - driver->base;  // the last page is a guard
    return true;
}

// A driver that could not be linked leaves nothing behind.
static void unmap_region(uint64_t from)
{
    for (uint64_t page = from; page < from + DRIVER_BYTES_LIMIT; page += PAGE_SIZE) {
        uint64_t frame = page_table_unmap(page);
        if (frame != FRAME_NONE) {
            frames_free(frame);
        }
    }
}

static void answer(const struct driver *driver, const struct message *message)
{
    struct message reply = {.type = MESSAGE_ANSWER};
    if (driver->plugin->message != NULL) {
        driver->plugin->message(message, &reply);
    }
    if (message->call_id != 0) {
        (void)port_reply(message->call_id, &reply);  // the caller may be gone
    }
}

// Its port is made here, on its own thread, so that System owns it: only an owner may answer.
static long start(struct driver *driver)
{
    long result = port_create(driver->plugin->name, &driver->port);
    if (result == 0 && driver->plugin->start != NULL) {
        result = driver->plugin->start();
    }
    return result > 0 ? -ERROR_BAD_ARGUMENT : result;
}

// The life of a driver: one thread, one call at a time.
static void driver_thread(void *argument)
{
    struct driver *driver = argument;
    struct message message;
    long result = start(driver);
    enum irql old = irql_raise(IRQL_HIGH);
    driver->start_result = result;
    driver->has_started = true;
    thread_wake_all(&started);
    irql_lower(old);
    while (result == 0 && port_receive(driver->port, &message, FOREVER) == 0) {
        if (message.type == MESSAGE_EVENT && message.sender == 0 &&
            driver->plugin->event != NULL) {
            driver->plugin->event((const struct event *)message.body);
        } else {
            answer(driver, &message);
        }
    }
    if (driver->port != NULL) {
        port_close(driver->port);
    }
    driver->thread = NULL;  // its memory will be another thread's
}

static void report(uint32_t kind, const struct driver *driver)
{
    struct record record = {.kind = kind, .values = {driver->base, driver->size}};
    text_copy(record.name, sizeof(record.name), driver->name);
    beacon_report(&record);
}

static long run(struct driver *driver)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct thread *thread = thread_create(driver_thread, driver, NULL);
    driver->thread = thread;
    while (thread != NULL && !driver->has_started) {
        if (!thread_wait(&started, FOREVER)) {
            break;  // whoever asked for the driver is being killed
        }
    }
    irql_lower(old);
    return thread == NULL ? -ERROR_NO_MEMORY : driver->start_result;
}

long driver_load(const char *path)
{
    if (!boot_policy()->drivers) {
        return -ERROR_REFUSED;
    }
    if (driver_count == DRIVERS_LIMIT) {
        return -ERROR_NO_MEMORY;
    }
    struct object *object = heap_allocate(sizeof(*object));
    if (object == NULL) {
        return -ERROR_NO_MEMORY;
    }
    long size = files_read_whole(path, (void **)&object->bytes);
    if (size < 0) {
        heap_free(object);
        return size;
    }
    object->size = (uint64_t)size;
    struct driver *driver = &drivers[driver_count];
    text_file_name(driver->name, sizeof(driver->name), path);
    bool linked = link_object(object, driver);
    heap_free(object->bytes);
    heap_free(object);
    if (!linked) {
        unmap_region(driver->base);
        return -ERROR_BAD_IMAGE;
    }
    driver_count++;
    console_log("%s: loaded at 0x%lx, ring 0", driver->name, driver->base);
    report(RECORD_MODULE_LOADED, driver);
    long result = run(driver);
    if (result == 0) {
        report(RECORD_DRIVER_STARTED, driver);
    }
    return result;
}

const struct driver *driver_at_address(uint64_t address)
{
    for (unsigned i = 0; i < driver_count; i++) {
        if (address - drivers[i].base < drivers[i].size) {
            return &drivers[i];
        }
    }
    return NULL;
}

const struct driver *driver_of_current_thread(void)
{
    for (unsigned i = 0; i < driver_count; i++) {
        if (drivers[i].thread == thread_current()) {
            return &drivers[i];
        }
    }
    return NULL;
}

const struct driver *driver_at_index(unsigned index)
{
    return index < driver_count ? &drivers[index] : NULL;
}
