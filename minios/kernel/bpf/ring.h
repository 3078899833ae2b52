// Ring buffers: how eBPF programs send records to one reader in ring 3.
//
// A program reserves room, writes its record there, and submits or discards it. It never
// waits: if the ring is full, the reservation fails, and is counted. The reader gets the
// records in the order in which they were reserved.
//
// Everything is called at IRQL_DISPATCH, except making and destroying.
#pragma once

#include <minios/abi.h>

struct bpf_ring;
struct port;

// `size` is a power of 2. NULL if no memory is left.
[[nodiscard]] struct bpf_ring *bpf_ring_make(uint32_t size);
void bpf_ring_destroy(struct bpf_ring *ring);

// Room for a record of so many bytes, all 0. NULL if the ring is full.
[[nodiscard]] void *bpf_ring_reserve(struct bpf_ring *ring, uint64_t size);

// What was reserved goes to the reader, or is thrown away. The header of the record says
// in which ring it is.
void bpf_ring_submit(void *reserved);
void bpf_ring_discard(void *reserved);

// ---- The reader.

// Copies the oldest record, and takes it out of the ring. Returns its size, or
//
//     -ERROR_WOULD_BLOCK    there is none, or the oldest is still being written
//     -ERROR_BAD_ARGUMENT   `capacity` is too small; the record stays
[[nodiscard]] long bpf_ring_read(struct bpf_ring *ring, void *to, size_t capacity);

// From now on this port gets a MESSAGE_RING as soon as there is something to read, once
// until everything was read, and once when the ring is destroyed. The ring keeps a reference of its own.
// -ERROR_EXISTS: another port that is open has it.
[[nodiscard]] long bpf_ring_attach(struct bpf_ring *ring, struct port *port);

// The port that was attached last, open or not; NULL: none. Only to be compared.
const struct port *bpf_ring_reader(const struct bpf_ring *ring);

// Fills in the parts of an entry that are about a ring.
void bpf_ring_query(const struct bpf_ring *ring, struct bpf_map_entry *entry);
