// The driver of the disk, a virtio block device behind virtio-mmio: a simple device
// that was designed for virtual machines (OASIS Virtual I/O Device Version 1.2,
// sections 2.7 "Split Virtqueues", 4.2 "Virtio Over MMIO", 5.2 "Block Device").
//
// Driver and device talk through a queue in memory. The driver puts a request there and
// notifies the device. The device does the work and sends an interrupt. There is only
// one request at a time, so the queue always holds the same chain of three descriptors:
//
//     0: header (type, sector)  ->  1: data  ->  2: status byte, written by the device
//
// The device uses physical addresses. So all data goes through a buffer in the kernel's
// image, whose physical address is known. `lock` guards the buffer, except in a
// crashing kernel, where no other thread runs any more.
#include "devices/block.h"

#include "base/irql.h"
#include "interrupts/interrupt.h"
#include "library/text.h"
#include "memory/page_table.h"
#include "tasks/thread.h"

// The registers of the device (4.2.2, table 4.1), as indices of 32-bit words.
enum {
    MAGIC = 0x000 / 4,
    VERSION = 0x004 / 4,
    DEVICE_ID = 0x008 / 4,
    DRIVER_FEATURES = 0x020 / 4,
    DRIVER_FEATURES_SELECT = 0x024 / 4,
    QUEUE_SELECT = 0x030 / 4,
    QUEUE_SIZE_MAXIMUM = 0x034 / 4,
    QUEUE_SIZE = 0x038 / 4,
    QUEUE_READY = 0x044 / 4,
    QUEUE_NOTIFY = 0x050 / 4,
    INTERRUPT_STATUS = 0x060 / 4,
    INTERRUPT_ACKNOWLEDGE = 0x064 / 4,
    STATUS = 0x070 / 4,
    QUEUE_DESCRIPTORS = 0x080 / 4,
    QUEUE_AVAILABLE = 0x090 / 4,
    QUEUE_USED = 0x0a0 / 4,
    CAPACITY = 0x100 / 4,
};

#define MAGIC_VIRT               0x74726976U
#define DEVICE_ID_BLOCK          2U
#define FEATURE_VERSION_1        1U  // bit 32, so bit 0 of the second word
#define STATUS_ACKNOWLEDGE       1U
#define STATUS_DRIVER            2U
#define STATUS_DRIVER_OK         4U
#define STATUS_FEATURES_OK       8U
#define DESCRIPTOR_NEXT          1U
#define DESCRIPTOR_DEVICE_WRITES 2U
#define REQUEST_READ             0U
#define REQUEST_WRITE            1U
#define QUEUE_ENTRIES            4
#define FIRST_SLOT_IRQ           5
#define EMERGENCY_SPINS          100000000UL

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

struct queue {
    struct descriptor descriptors[QUEUE_ENTRIES];
    struct {
        uint16_t flags;
        uint16_t index;
        uint16_t ring[QUEUE_ENTRIES];
        uint16_t used_event;
    } available;
    struct {
        uint16_t flags;
        uint16_t index;
        struct {
            uint32_t id;
            uint32_t length;
        } ring[QUEUE_ENTRIES];
        uint16_t available_event;
    } used __attribute__((aligned(4)));
    struct {
        uint32_t type;
        uint32_t reserved;
        uint64_t sector;
    } header;
    uint8_t status;
};

static volatile uint32_t *registers;
static uint64_t capacity;
static uint64_t reserved;          // sectors at the beginning that no file system uses
static struct mutex lock;          // held during one request
static struct wait_queue waiting;  // for its completion
static struct queue queue __attribute__((aligned(16)));
static uint8_t buffer[BLOCK_LIMIT * SECTOR_SIZE] __attribute__((aligned(16)));

static uint64_t physical(const volatile void *pointer)
{
    return (uint64_t)pointer - KERNEL_BASE;
}

static void set_address(unsigned low_register, const volatile void *pointer)
{
    registers[low_register] = (uint32_t)physical(pointer);
    registers[low_register + 1] = (uint32_t)(physical(pointer) >> 32);
}

// The specification demands this order (3.1.1, "Driver Requirements: Device
// Initialization").
static bool device_start(void)
{
    registers[STATUS] = 0;  // a reset: until then the device may write to the queue
    memset(&queue, 0, sizeof(queue));
    registers[STATUS] = STATUS_ACKNOWLEDGE;
    registers[STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
    registers[DRIVER_FEATURES_SELECT] = 0;
    registers[DRIVER_FEATURES] = 0;
    registers[DRIVER_FEATURES_SELECT] = 1;
    registers[DRIVER_FEATURES] = FEATURE_VERSION_1;
    uint32_t status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    registers[STATUS] = status;
    if (!(registers[STATUS] & STATUS_FEATURES_OK)) {
        return false;
    }
    registers[QUEUE_SELECT] = 0;
    if (registers[QUEUE_SIZE_MAXIMUM] < QUEUE_ENTRIES) {
        return false;
    }
    registers[QUEUE_SIZE] = QUEUE_ENTRIES;
    set_address(QUEUE_DESCRIPTORS, &queue.descriptors);
    set_address(QUEUE_AVAILABLE, &queue.available);
    set_address(QUEUE_USED, &queue.used);
    registers[QUEUE_READY] = 1;
    registers[STATUS] = status | STATUS_DRIVER_OK;
    return true;
}

static void block_interrupt(void *argument)
{
    (void)argument;
    registers[INTERRUPT_ACKNOWLEDGE] = registers[INTERRUPT_STATUS];
    thread_wake_all(&waiting);
}

// The board has several slots for devices, and any of them may be empty. So all are
// tried.
bool block_initialize(void)
{
    uint64_t window = DEVICE_REGION + PAGE_SIZE;
    if (!page_table_map(page_table_kernel(), window, VIRTIO_MMIO_PHYSICAL,
                        PAGE_DEVICE)) {
        return false;
    }
#pragma clang loop unroll(disable)
    for (unsigned slot = 0; slot < VIRTIO_MMIO_SLOTS; slot++) {
        volatile uint32_t *found =
            (volatile uint32_t *)(window + slot * VIRTIO_MMIO_STRIDE);
        if (found[MAGIC] == MAGIC_VIRT && found[VERSION] == 2 &&
            found[DEVICE_ID] == DEVICE_ID_BLOCK) {
            registers = found;
            capacity = registers[CAPACITY] | (uint64_t)registers[CAPACITY + 1] << 32;
            interrupt_claim(FIRST_SLOT_IRQ + slot, block_interrupt, NULL);
            return device_start();
        }
    }
    return false;
}

void block_reserve(uint64_t sectors)
{
    reserved = sectors;
}

uint64_t block_sectors(void)
{
    return capacity;
}

// Puts one request into the queue, and notifies the device.
static void submit(uint32_t type, uint64_t sector, uint32_t bytes)
{
    queue.header.type = type;
    queue.header.sector = sector;
    queue.status = 0xff;
    uint16_t flags = type == REQUEST_READ ? DESCRIPTOR_DEVICE_WRITES : 0;
    queue.descriptors[0] = (struct descriptor){
        physical(&queue.header), sizeof(queue.header), DESCRIPTOR_NEXT, 1};
    queue.descriptors[1] =
        (struct descriptor){physical(buffer), bytes, flags | DESCRIPTOR_NEXT, 2};
    queue.descriptors[2] =
        (struct descriptor){physical(&queue.status), 1, DESCRIPTOR_DEVICE_WRITES, 0};
    queue.available.ring[queue.available.index % QUEUE_ENTRIES] = 0;
    __atomic_thread_fence(
        __ATOMIC_SEQ_CST);  // the device must see the entry before the new index
    queue.available.index++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    registers[QUEUE_NOTIFY] = 0;
}

// Driver and device each count requests: the driver those it has offered, the device
// those it has finished. If both numbers are the same, nothing is left to do.
static bool is_complete(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return *(volatile uint16_t *)&queue.used.index == queue.available.index;
}

// Lets the device do one request. Returns false if it could not.
static bool transfer(uint32_t type, uint64_t sector, uint32_t count)
{
    submit(type, sector, count * SECTOR_SIZE);
    enum irql old = irql_raise(IRQL_HIGH);
    while (!is_complete()) {
        thread_wait_deaf(
            &waiting);  // even a killed thread waits: the device uses the buffer
    }
    irql_lower(old);
    return queue.status == 0;
}

bool block_read(uint64_t sector, uint32_t count, void *destination)
{
    if (count > BLOCK_LIMIT || sector + count > capacity) {
        return false;
    }
    mutex_lock(&lock);
    bool good = transfer(REQUEST_READ, sector, count);
    if (good) {
        memcpy(destination, buffer, count * SECTOR_SIZE);
    }
    mutex_unlock(&lock);
    return good;
}

bool block_write(uint64_t sector, uint32_t count, const void *source)
{
    if (count > BLOCK_LIMIT || sector + count > capacity) {
        return false;
    }
    mutex_lock(&lock);
    memcpy(buffer, source, count * SECTOR_SIZE);
    bool good = transfer(REQUEST_WRITE, sector, count);
    mutex_unlock(&lock);
    return good;
}

bool block_emergency_write(uint64_t sector, uint32_t count, const void *source)
{
    // device_start resets the device, so a half-made request is forgotten.
    if (registers == NULL || count > BLOCK_LIMIT || sector + count > reserved ||
        !device_start()) {
        return false;
    }
    memcpy(buffer, source, count * SECTOR_SIZE);
    submit(REQUEST_WRITE, sector, count * SECTOR_SIZE);
    for (uint64_t spins = 0; !is_complete(); spins++) {
        if (spins == EMERGENCY_SPINS) {
            return false;
        }
    }
    return queue.status == 0;
}
