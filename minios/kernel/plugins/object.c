// From a relocatable ELF file to code in the kernel's half of memory (see object.h).
//
//   1. place the sections in the driver region: text (the code), then constants, then
//      data, each on pages of its own
//   2. find the address of every symbol. A symbol is the name of a function or
//      variable. Those that the driver does not define must be among the kernel's
//      exports
//   3. apply the relocations: fill in the addresses that the compiler did not know
//   4. make text and constants read-only
//
// The file is not trusted: every offset must lie inside it. But this protects the
// kernel only while it loads the file. Once the code runs, nothing is left to check: it
// has the same rights as the code in this file.
#include "plugins/object.h"

#include "base/policy.h"
#include "devices/console.h"
#include "library/elf.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/exports.h"
#include "plugins/names.h"
#include <minios/plugin.h>

#define SYMBOLS_KEPT       128
#define SECTIONS_LIMIT     64
#define DRIVER_BYTES_LIMIT (256 * 1024)

// An ELF file that is being linked.
struct object {
    uint8_t *bytes;
    uint64_t size;
    const struct elf_section *sections;
    unsigned section_count;
    uint64_t placed[SECTIONS_LIMIT];  // address of each section, 0 = not in memory
    const struct elf_symbol *symbols;
    unsigned symbol_count;
    const char *names;
    uint64_t names_size;
    uint64_t addresses[SYMBOLS_KEPT];  // of symbols that were looked up before, or 0
};

// No address is used for a second driver. So an address always tells which driver is,
// or was, there.
static uint64_t next_address = DRIVER_REGION;

static uint64_t page_up(uint64_t address)
{
    return (address + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

static bool open_object(struct object *object)
{
    const struct elf_header *header = (const void *)object->bytes;
    if (object->size < sizeof(*header) || header->magic != ELF_MAGIC ||
        header->class != ELF_CLASS_64 || header->type != ELF_TYPE_RELOCATABLE ||
        header->machine != ELF_MACHINE_X86_64 ||
        header->section_header_size != sizeof(struct elf_section) ||
        header->section_header_count > SECTIONS_LIMIT ||
        !elf_inside(header->section_headers,
                    header->section_header_count * sizeof(struct elf_section),
                    object->size)) {
        return false;
    }
    object->sections = (const void *)(object->bytes + header->section_headers);
    object->section_count = header->section_header_count;
    for (unsigned i = 0; i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];
        if (section->type != ELF_SECTION_NO_BITS &&
            !elf_inside(section->offset, section->size, object->size)) {
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
    if (*at + section->size - next_address > DRIVER_BYTES_LIMIT) {
        return false;  // all sections together: this much is taken away on failure
    }
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

// Places all sections that have these flags, and begins on a new page. Rights are given
// by page, so sections with different rights must not share one.
static bool place_group(struct object *object, uint64_t flags, uint64_t *at)
{
    *at = page_up(*at);
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

// The address of a symbol, or 0. Never 0 for one that is defined: the driver region does
// not begin there.
static uint64_t look_up(const struct object *object, const struct elf_symbol *symbol)
{
    if (symbol->section == ELF_UNDEFINED) {
        const char *name =
            symbol->name < object->names_size ? object->names + symbol->name : "";
        uint64_t address = export_find(name);
        if (address == 0) {
            console_log("driver: the kernel does not export '%s'", name);
        }
        return address;
    }
    if (symbol->section >= object->section_count ||
        object->placed[symbol->section] == 0 ||
        symbol->value > object->sections[symbol->section].size) {
        return 0;
    }
    return object->placed[symbol->section] + symbol->value;
}

static bool symbol_address(struct object *object, uint32_t index, uint64_t *address)
{
    if (index >= object->symbol_count) {
        return false;
    }
    if (index >= SYMBOLS_KEPT) {
        *address = look_up(object, &object->symbols[index]);
        return *address != 0;
    }
    uint64_t *kept = &object->addresses[index];
    if (*kept == 0) {
        *kept = look_up(object, &object->symbols[index]);
    }
    *address = *kept;
    return *address != 0;
}

// Finds a variable of the driver that the kernel is going to read. All of it must lie in
// its section: a damaged file could otherwise name any memory, or none.
static bool find_variable(struct object *object, const char *name, uint64_t size,
                          uint64_t *address)
{
    for (uint32_t i = 0; i < object->symbol_count; i++) {
        const struct elf_symbol *symbol = &object->symbols[i];
        if (symbol->name < object->names_size && symbol->section != ELF_UNDEFINED &&
            text_equal(object->names + symbol->name, name)) {
            return symbol_address(object, i, address) &&
                   object->sections[symbol->section].size - symbol->value >= size;
        }
    }
    return false;
}

// ---- 3. Relocations (System V ABI, AMD64 supplement, table 4.9).

// Fills in one address. The place must lie in its section: a damaged file could
// otherwise overwrite any memory of the kernel. The value must fit into the bytes that
// the code has for it.
static bool relocate(struct object *object, const struct elf_relocation *relocation,
                     uint64_t section, uint64_t section_size)
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

static bool relocate_all(struct object *object)
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

// ---- The steps in order.

static void read_manifest(struct object *object, struct driver *driver)
{
    uint64_t address;
    if (find_variable(object, "plugin_manifest", sizeof(struct plugin_manifest),
                      &address)) {
        driver->manifest = *(const struct plugin_manifest *)address;
    }
}

// Keeps the names of the functions, where a fault is told with them.
static void keep_names(struct object *object, struct driver *driver)
{
    if (boot_policy()->after_fault != AFTER_FAULT_OOPS) {
        return;
    }
    driver->names = names_create(NAMES_LIMIT);
    for (uint32_t i = 0; driver->names != NULL && i < object->symbol_count; i++) {
        const struct elf_symbol *symbol = &object->symbols[i];
        uint64_t address;
        if ((symbol->info & 0xf) == ELF_SYMBOL_FUNCTION &&
            symbol->section != ELF_UNDEFINED && symbol->name < object->names_size &&
            symbol_address(object, i, &address) &&
            address - driver->base < driver->text_size &&
            driver->names->count < NAMES_LIMIT) {
            names_add(driver->names, (uint32_t)(address - driver->base),
                      object->names + symbol->name);
        }
    }
}

static bool place_all(struct object *object, struct driver *driver)
{
    uint64_t at = next_address, constants, data, plugin;
    driver->base = at;
    if (!open_object(object) ||
        !place_group(object, ELF_SECTION_ALLOCATE | ELF_SECTION_EXECUTE, &at)) {
        return false;
    }
    driver->text_size = at - driver->base;
    constants = page_up(at);
    if (!place_group(object, ELF_SECTION_ALLOCATE, &at)) {
        return false;
    }
    data = page_up(at);
    if (!place_group(object, ELF_SECTION_ALLOCATE | ELF_SECTION_WRITE, &at) ||
        !relocate_all(object) ||
        !find_variable(object, "plugin", sizeof(struct plugin), &plugin)) {
        return false;
    }
    for (uint64_t page = driver->base; page < data; page += PAGE_SIZE) {
        page_table_protect(page_table_kernel(), page,
                           page < constants ? PAGE_EXECUTE : PAGE_READ);
    }
    driver->plugin = (const struct plugin *)plugin;
    read_manifest(object, driver);
    driver->size = page_up(at) - driver->base;
    keep_names(object, driver);
    return true;
}

bool object_place(uint8_t *bytes, uint64_t size, struct driver *driver)
{
    struct object *object = heap_allocate(sizeof(*object));
    if (object == NULL) {
        return false;
    }
    object->bytes = bytes;
    object->size = size;
    bool placed = place_all(object, driver);
    heap_free(object);
    if (placed) {
        next_address += driver->size + PAGE_SIZE;  // a guard page stays unmapped
    } else {
        object_remove(driver->base, DRIVER_BYTES_LIMIT);
    }
    return placed;
}

void object_remove(uint64_t base, uint64_t size)
{
    page_table_free_pages(base, size / PAGE_SIZE);
}
