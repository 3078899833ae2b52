// The crash dump: a small part of memory, saved on the disk when the machine stops.
//
// bugcheck.c calls dump_write while the kernel is crashing. By then any memory may be
// broken, so this file does not allocate memory and does not use the file system. It
// has a static buffer, and a disk driver that first resets the device
// (devices/block.c).
//
// The dump is written twice. The first time it holds only what needs no look at unsafe
// memory: stop code, registers, list of modules. The second time it holds everything.
// The unsafe memory is read by peek.c, which cannot fault as long as CR3 is good. If
// even that is broken, a second fault resets the machine, and the first dump is still
// on the disk.
//
// A dump has several parts, each with a checksum: one damaged part does not cost the
// rest.
#include "traps/dump.h"

#include "arch/cpu.h"
#include "base/taint.h"
#include "devices/beacon.h"
#include "devices/block.h"
#include "library/crc32.h"
#include "library/text.h"
#include "memory/peek.h"
#include "plugins/driver.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/dump_memory.h"

extern char kernel_text_start[], kernel_end[];

static uint8_t image[DUMP_SECTORS * SECTOR_SIZE] __attribute__((aligned(16)));

static struct dump_part *part(unsigned sector)
{
    return (struct dump_part *)(image + sector * SECTOR_SIZE);
}

static void *contents(unsigned sector)
{
    return part(sector) + 1;
}

static void part_set(unsigned sector, uint32_t kind, uint64_t size)
{
    part(sector)->magic = DUMP_MAGIC;
    part(sector)->kind = kind;
    part(sector)->size = (uint32_t)size;
}

// ---- The parts that need no look at unsafe memory.

static void save_registers(struct dump_stop *to, const struct trapframe *frame)
{
    const uint64_t in_order[DUMP_REGISTERS] = {
        frame->rax, frame->rbx, frame->rcx,    frame->rdx, frame->rsi,
        frame->rdi, frame->rbp, frame->rsp,    frame->r8,  frame->r9,
        frame->r10, frame->r11, frame->r12,    frame->r13, frame->r14,
        frame->r15, frame->rip, frame->rflags, frame->cs,  frame->ss,
    };
    memcpy(to->registers, in_order, sizeof(in_order));
    to->registers_of = DUMP_REGISTERS_OF_TRAP;
    to->vector = frame->vector;
    to->error_code = frame->error_code;
}

// The kernel stopped by itself, without a trap, so there is no trap frame. The stack
// trace then begins where the stop was asked for.
static void save_own_registers(struct dump_stop *to, const uint64_t *caller)
{
    to->registers_of = DUMP_REGISTERS_OF_BUGCHECK;
    to->registers[DUMP_REGISTER_RBP] = caller[0];
    to->registers[DUMP_REGISTER_RIP] = caller[1];
    to->registers[DUMP_REGISTER_RSP] = (uint64_t)(caller + 2);
}

static void save_stop(struct dump_stop *to, const struct diagnosis *diagnosis)
{
    const struct stop *stop = &diagnosis->stop;
    part_set(DUMP_STOP_SECTOR, DUMP_PART_STOP, sizeof(*to));
    to->code = stop->code;
    memcpy(to->parameters, stop->parameters, sizeof(stop->parameters));
    to->cr0 = cpu_read_cr0();
    to->cr2 = cpu_read_cr2();
    to->cr3 = cpu_read_cr3();
    to->cr4 = cpu_read_cr4();
    to->efer = cpu_read_msr(MSR_EFER);
    to->irql = diagnosis->irql;
    to->ticks = thread_ticks();
    to->called = thread_noted_call();
    to->taint = taint_word();
    to->oops = diagnosis->oops;
    text_copy(to->panic, sizeof(to->panic),
              diagnosis->panic == NULL ? "" : diagnosis->panic);
    text_copy(to->blamed, NAME_SIZE, stop->blamed);
}

static void save_modules(struct dump_module *rows)
{
    unsigned count = 1;
    const struct driver *driver;
    rows[0].base = (uint64_t)kernel_text_start;
    rows[0].size = (uint64_t)(kernel_end - kernel_text_start);
    text_copy(rows[0].name, DUMP_MODULE_NAME_SIZE, "kernel");
    while (count < DUMP_MODULE_ROWS && (driver = driver_at_index(count - 1)) != NULL) {
        rows[count].base = driver->base;
        rows[count].size = driver->size;
        rows[count].unloaded = driver->is_unloaded;
        text_copy(rows[count].name, DUMP_MODULE_NAME_SIZE, driver->name);
        count++;
    }
    part_set(DUMP_MODULES_SECTOR, DUMP_PART_MODULES, count * sizeof(*rows));
}

// ---- The parts for which unsafe memory is read.

static void save_thread(struct dump_stop *to)
{
    struct thread thread;
    struct process process;
    text_copy(to->process, NAME_SIZE, "?");
    if (peek_read((uint64_t)thread_current(), &thread, sizeof(thread)) <
        sizeof(thread)) {
        return;
    }
    to->thread_id = thread.id;
    to->in_syscall = thread.in_syscall;
    to->stack_top = thread.stack_top;
    if (thread.process == NULL) {
        text_copy(to->process, NAME_SIZE, "System");
    } else if (peek_read((uint64_t)thread.process, &process, sizeof(process)) ==
               sizeof(process)) {
        process.name[NAME_SIZE - 1] = '\0';
        to->process_id = process.id;
        to->parent_id = process.parent_id;
        text_copy(to->process, NAME_SIZE, process.name);
    }
}

static void save_walk(const struct dump_stop *stop)
{
    struct dump_walk *walk = contents(DUMP_WALK_SECTOR);
    if (stop->registers_of == DUMP_REGISTERS_OF_TRAP && stop->vector == VECTOR_PF) {
        peek_walk(stop->cr2, walk);
        part_set(DUMP_WALK_SECTOR, DUMP_PART_WALK, sizeof(*walk));
    }
}

static bool is_there(uint64_t address)
{
    uint8_t byte;
    return peek_read(address, &byte, 1) == 1;
}

static void save_piece(unsigned sector, uint32_t kind, uint64_t from, size_t size)
{
    struct dump_memory *piece = contents(sector);
    piece->address = from;
    piece->size = (uint32_t)peek_read(from, piece + 1, size);
    if (piece->size > 0) {
        part_set(sector, kind, sizeof(*piece) + piece->size);
    }
}

static void save_code(uint64_t rip)
{
    uint64_t page = rip & ~(uint64_t)(PAGE_SIZE - 1);
    uint64_t before = rip - DUMP_CODE_BEFORE;
    save_piece(DUMP_CODE_SECTOR, DUMP_PART_CODE, is_there(before) ? before : page,
               DUMP_CODE_BYTES);
}

// After a stack overflow RSP points into the guard page, which is not mapped. The
// contents of the stack then begin on the next page.
static void save_stack(uint64_t rsp)
{
    uint64_t next_page = (rsp | (PAGE_SIZE - 1)) + 1;
    save_piece(DUMP_STACK_SECTOR, DUMP_PART_STACK,
               is_there(rsp) ? rsp & ~(uint64_t)7 : next_page, DUMP_STACK_BYTES);
}

static void save_memory(const struct dump_stop *stop)
{
    struct dump_area area = {
        .bytes = contents(DUMP_MEMORY_SECTOR),
        .limit = (DUMP_SECTORS - DUMP_MEMORY_SECTOR) * SECTOR_SIZE -
                 sizeof(struct dump_part),
    };
    for (uint32_t i = DUMP_REGISTER_RAX; i <= DUMP_REGISTER_R15; i++) {
        if (i != DUMP_REGISTER_RSP && stop->registers[i] >= PAGE_SIZE) {
            dump_memory_add_register(&area, i, stop->registers[i]);
        }
    }
    dump_memory_follow(&area);
    if (area.used > 0) {
        part_set(DUMP_MEMORY_SECTOR, DUMP_PART_MEMORY, area.used);
    }
}

// ---- Writing to the disk.

static const unsigned part_places[] = {
    DUMP_STOP_SECTOR, DUMP_MODULES_SECTOR, DUMP_WALK_SECTOR,
    DUMP_CODE_SECTOR, DUMP_STACK_SECTOR,   DUMP_MEMORY_SECTOR,
};

// Gives each part its checksum, and the stamp that says which dump it belongs to: a
// reader must not mix parts of two crashes. Returns how many sectors the dump takes.
static uint32_t seal(void)
{
    uint64_t sectors = 0;
    struct dump_stop *stop = contents(DUMP_STOP_SECTOR);
    for (unsigned i = 0; i < COUNT(part_places); i++) {
        if (part(part_places[i])->magic == DUMP_MAGIC) {
            stop->parts |= 1U << part(part_places[i])->kind;
        }
    }
    uint32_t stamp = crc32(stop, sizeof(*stop));
    for (unsigned i = 0; i < COUNT(part_places); i++) {
        unsigned sector = part_places[i];
        if (part(sector)->magic == DUMP_MAGIC) {
            part(sector)->checksum = crc32(contents(sector), part(sector)->size);
            part(sector)->stamp = stamp;
            uint64_t bytes = sizeof(struct dump_part) + part(sector)->size;
            sectors = sector + (bytes + SECTOR_SIZE - 1) / SECTOR_SIZE;
        }
    }
    return (uint32_t)sectors;
}

bool dump_write(const struct diagnosis *diagnosis)
{
    const struct trapframe *frame = diagnosis->stop.frame;
    memset(image, 0, sizeof(image));
    struct dump_stop *saved = contents(DUMP_STOP_SECTOR);
    save_stop(saved, diagnosis);
    if (frame != NULL) {
        save_registers(saved, frame);
    } else {
        save_own_registers(saved, diagnosis->caller);
    }
    save_modules(contents(DUMP_MODULES_SECTOR));
    if (!block_emergency_write(DUMP_SECTOR, seal(), image)) {
        return false;
    }
    save_thread(saved);
    save_walk(saved);
    save_code(saved->registers[DUMP_REGISTER_RIP]);
    save_stack(saved->registers[DUMP_REGISTER_RSP]);
    save_memory(saved);
    uint32_t sectors = seal();
    if (!block_emergency_write(DUMP_SECTOR, sectors, image)) {
        sectors = DUMP_MODULES_SECTOR + 1;
    }
    beacon_report(&(struct record){
        .kind = RECORD_DUMP_WRITTEN,
        .dump_written = {.sector = DUMP_SECTOR, .sectors = sectors},
    });
    return true;
}
