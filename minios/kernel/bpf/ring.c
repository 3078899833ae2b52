// Ring buffers (see ring.h).
//
// A ring is some bytes, used again and again from the beginning. Two counters say what is
// in it. They only grow; the low bits of a counter are the place in the ring.
//
//     consumed                     produced
//     v                            v
//     | record | record | record   |         free         |
//
// Every record begins with a header of 8 bytes:
//
//     0                             30  31  32              63
//    +------------------------------+---+---+----------------+
//    | length of the record in bytes| D | B | place in ring  |
//    +------------------------------+---+---+----------------+
//      D discarded: the reader skips it     B busy: it is still being written
//
// A record lies in one piece. If it does not fit before the end of the ring, the rest up to
// the end becomes a record that is discarded at once.
//
// A program that faults never submits what it has reserved. Its record stays busy for ever,
// the reader never gets past it, and the ring fills up.
#include "bpf/ring.h"

#include "ipc/port.h"
#include "library/text.h"
#include "memory/heap.h"

#define BUSY      (1U << 31)
#define DISCARDED (1U << 30)

struct header {
    uint32_t length;  // with the bits BUSY and DISCARDED
    uint32_t place;   // of this header, from the beginning of the ring's bytes
};

struct bpf_ring {
    uint64_t size;  // a power of 2
    uint64_t produced, consumed;
    uint64_t submitted, discarded, dropped;  // records since the ring was made
    struct port *reader;                     // NULL: nobody has attached a port
    bool is_told;                            // since the reader has read everything
    _Alignas(16) uint8_t bytes[];
};

static uint64_t with_header(uint64_t length)
{
    return sizeof(struct header) + ((length + 7) & ~7UL);
}

static struct header *header_at(const struct bpf_ring *ring, uint64_t counter)
{
    return (struct header *)(ring->bytes + (counter & (ring->size - 1)));
}

struct bpf_ring *bpf_ring_make(uint32_t size)
{
    struct bpf_ring *ring = heap_allocate(sizeof(*ring) + size);
    if (ring != NULL) {
        ring->size = size;
    }
    return ring;
}

void bpf_ring_destroy(struct bpf_ring *ring)
{
    if (ring->reader != NULL) {
        // When it tries to read, it finds that there is no ring.
        const struct message message = {.type = MESSAGE_RING};
        (void)!port_notify(ring->reader, &message);
        port_release(ring->reader);
    }
    heap_free(ring);
}

// Skips what was discarded. NULL if there is no record, or the next one is being written.
static struct header *oldest(struct bpf_ring *ring)
{
    while (ring->consumed != ring->produced) {
        struct header *header = header_at(ring, ring->consumed);
        if (header->length & BUSY) {
            return NULL;
        }
        if (!(header->length & DISCARDED)) {
            return header;
        }
        ring->consumed += with_header(header->length & ~DISCARDED);
    }
    return NULL;
}

// ---- The side of the programs.

static void begin_record(struct bpf_ring *ring, uint64_t length, uint32_t bits)
{
    struct header *header = header_at(ring, ring->produced);
    *header = (struct header){
        .length = (uint32_t)length | bits,
        .place = (uint32_t)(ring->produced & (ring->size - 1)),
    };
    ring->produced += with_header(length);
}

void *bpf_ring_reserve(struct bpf_ring *ring, uint64_t size)
{
    if (size == 0 || size > ring->size) {
        ring->dropped++;
        return NULL;
    }
    (void)oldest(ring);                      // what was discarded needs no reader
    if (ring->produced == ring->consumed) {  // empty: start again at the beginning
        ring->produced = (ring->produced + ring->size - 1) & ~(ring->size - 1);
        ring->consumed = ring->produced;
    }
    uint64_t to_end = ring->size - (ring->produced & (ring->size - 1));
    uint64_t skipped = to_end < with_header(size) ? to_end : 0;
    uint64_t used = ring->produced - ring->consumed;
    if (used + skipped + with_header(size) > ring->size) {
        ring->dropped++;
        return NULL;
    }
    if (skipped > 0) {
        begin_record(ring, skipped - sizeof(struct header), DISCARDED);
    }
    uint8_t *record = (uint8_t *)(header_at(ring, ring->produced) + 1);
    begin_record(ring, size, BUSY);
    memset(record, 0, size);  // nobody shall read what an older record has left there
    return record;
}

static struct bpf_ring *ring_of(const struct header *header)
{
    const uint8_t *bytes = (const uint8_t *)header - header->place;
    return (struct bpf_ring *)(bytes - offsetof(struct bpf_ring, bytes));
}

// One message is enough until the reader has found the ring empty. If its inbox is full,
// the next record tries again.
static void tell_reader(struct bpf_ring *ring)
{
    if (ring->reader == NULL || ring->is_told) {
        return;
    }
    const struct message message = {.type = MESSAGE_RING};
    ring->is_told = port_notify(ring->reader, &message) == 0;
}

void bpf_ring_submit(void *reserved)
{
    struct header *header = (struct header *)reserved - 1;
    struct bpf_ring *ring = ring_of(header);
    header->length &= ~BUSY;
    ring->submitted++;
    tell_reader(ring);
}

void bpf_ring_discard(void *reserved)
{
    struct header *header = (struct header *)reserved - 1;
    header->length = (header->length & ~BUSY) | DISCARDED;
    ring_of(header)->discarded++;
}

// ---- The side of the reader.

long bpf_ring_read(struct bpf_ring *ring, void *to, size_t capacity)
{
    const struct header *header = oldest(ring);
    if (header == NULL) {
        ring->is_told = false;
        return -ERROR_WOULD_BLOCK;
    }
    if (header->length > capacity) {
        return -ERROR_BAD_ARGUMENT;
    }
    long length = header->length;
    memcpy(to, header + 1, header->length);
    ring->consumed += with_header(header->length);
    return length;
}

long bpf_ring_attach(struct bpf_ring *ring, struct port *port)
{
    if (ring->reader == port) {
        return 0;
    }
    if (ring->reader != NULL && port_is_open(ring->reader)) {
        return -ERROR_EXISTS;
    }
    if (ring->reader != NULL) {
        port_release(ring->reader);  // the reader before has died, or gone
    }
    port_retain(port);
    ring->reader = port;
    ring->is_told = false;
    if (oldest(ring) != NULL) {
        tell_reader(ring);
    }
    return 0;
}

const struct port *bpf_ring_reader(const struct bpf_ring *ring)
{
    return ring->reader;
}

void bpf_ring_query(const struct bpf_ring *ring, struct bpf_map_entry *entry)
{
    entry->submitted = ring->submitted;
    entry->discarded = ring->discarded;
    entry->dropped = ring->dropped;
    entry->waiting = (uint32_t)(ring->produced - ring->consumed);
    entry->has_reader = ring->reader != NULL && port_is_open(ring->reader);
}
