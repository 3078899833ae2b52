// The small crash dump: written by the dying kernel, so it uses nothing but its own
// static memory and a disk driver that starts from a device reset.
#include "traps/dump.h"

#include "arch/cpu.h"
#include "devices/beacon.h"
#include "devices/block.h"
#include "library/text.h"
#include "memory/page_table.h"
#include "plugins/driver.h"
#include "tasks/process.h"
#include "tasks/thread.h"

#define STACK_BYTES (DUMP_STACK_SECTORS * SECTOR_SIZE)

static struct {
    union {
        struct dump_header header;
        uint8_t header_sector[SECTOR_SIZE];
    };
    union {
        struct dump_module modules[DUMP_MODULES];
        uint8_t module_sector[SECTOR_SIZE];
    };
    uint8_t stack[STACK_BYTES];
} dump;
_Static_assert(sizeof(dump) == (2 + DUMP_STACK_SECTORS) * SECTOR_SIZE, "no padding");
_Static_assert(sizeof(dump) <= DUMP_SECTORS * SECTOR_SIZE, "fits the reserved sectors");

// CRC-32 (IEEE 802.3), four bits at a time.
static uint32_t crc32(const uint8_t *bytes, size_t size)
{
    uint32_t table[16], crc = UINT32_MAX;
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 4; bit++) {
            value = value >> 1 ^ (value & 1 ? 0xedb88320U : 0);
        }
        table[i] = value;
    }
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static void save_registers(const struct trapframe *frame)
{
    const uint64_t in_order[DUMP_REGISTERS] = {
        frame->rax, frame->rbx, frame->rcx,    frame->rdx, frame->rsi,
        frame->rdi, frame->rbp, frame->rsp,    frame->r8,  frame->r9,
        frame->r10, frame->r11, frame->r12,    frame->r13, frame->r14,
        frame->r15, frame->rip, frame->rflags, frame->cs,  frame->ss,
    };
    memcpy(dump.header.registers, in_order, sizeof(in_order));
    dump.header.vector = frame->vector;
    dump.header.error_code = frame->error_code;
}

// Page by page, because the stack pointer of a crashed kernel may point anywhere.
static void save_stack(uint64_t from)
{
    dump.header.stack_start = from;
    while (dump.header.stack_size < STACK_BYTES) {
        uint64_t at = from + dump.header.stack_size;
        uint64_t rest = PAGE_SIZE - at % PAGE_SIZE;
        uint64_t room = STACK_BYTES - dump.header.stack_size;
        uint64_t bytes = rest < room ? rest : room;
        if (at < USER_TOP ||
            !(page_table_entry(page_table_kernel(), at) & PTE_PRESENT)) {
            return;
        }
        memcpy(dump.stack + dump.header.stack_size, (const void *)at, bytes);
        dump.header.stack_size += bytes;
    }
}

static void save_modules(void)
{
    const struct driver *driver;
    for (unsigned i = 0; i < DUMP_MODULES && (driver = driver_at_index(i)) != NULL;
         i++) {
        dump.modules[i].base = driver->base;
        dump.modules[i].size = driver->size;
        text_copy(dump.modules[i].name, NAME_SIZE, driver->name);
        dump.header.module_count++;
    }
}

static void save_circumstances(const struct stop *stop, enum irql irql)
{
    const struct thread *thread = thread_current();
    const struct process *process = thread->process;
    dump.header.code = stop->code;
    memcpy(dump.header.parameters, stop->parameters, sizeof(stop->parameters));
    dump.header.cr0 = cpu_read_cr0();
    dump.header.cr2 = cpu_read_cr2();
    dump.header.cr3 = cpu_read_cr3();
    dump.header.cr4 = cpu_read_cr4();
    dump.header.irql = irql;
    dump.header.thread_id = thread->id;
    dump.header.process_id = process == NULL ? 0 : process->id;
    dump.header.ticks = thread_ticks();
    text_copy(dump.header.process, NAME_SIZE,
              process == NULL ? "system" : process->name);
    text_copy(dump.header.blamed, NAME_SIZE, stop->blamed);
}

bool dump_write(const struct stop *stop, enum irql irql)
{
    memset(&dump, 0, sizeof(dump));
    dump.header.magic = DUMP_MAGIC;
    dump.header.version = 1;
    save_circumstances(stop, irql);
    if (stop->frame != NULL) {
        save_registers(stop->frame);
        save_stack(stop->frame->rsp);
    }
    save_modules();
    dump.header.checksum =
        crc32(dump.module_sector, sizeof(dump) - sizeof(dump.header_sector));
    if (!block_emergency_write(DUMP_SECTOR, sizeof(dump) / SECTOR_SIZE, &dump)) {
        return false;
    }
    struct record record = {
        .kind = RECORD_DUMP_WRITTEN,
        .values = {DUMP_SECTOR, sizeof(dump) / SECTOR_SIZE},
    };
    beacon_report(&record);
    return true;
}
