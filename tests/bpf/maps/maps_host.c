// The kernel's maps and ring buffers, built for the host. What they need of the rest of the
// kernel is here: a heap that only grows, and ports that count their messages.
#include "bpf/map.h"
#include "bpf/ring.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/heap.h"

struct port {
    unsigned messages, references;
    bool is_open, is_full;
};

static _Alignas(16) uint8_t memory[1 << 22];
static size_t used;
static size_t at_most = sizeof(memory);  // what the heap gives out
static unsigned blocks;
static struct port ports[2];

void *heap_allocate(size_t size)
{
    size_t rounded = (size + 15) & ~(size_t)15;
    if (used + rounded > at_most) {
        return NULL;
    }
    void *block = memory + used;
    used += rounded;
    blocks++;
    memset(block, 0, size);
    return block;
}

void heap_free(void *block)
{
    blocks -= block == NULL ? 0 : 1;
}

void port_retain(struct port *port)
{
    port->references++;
}

void port_release(struct port *port)
{
    port->references--;
}

bool port_is_open(const struct port *port)
{
    return port->is_open;
}

long port_notify(struct port *port, const struct message *message)
{
    if (port->is_full || message->type != MESSAGE_RING) {
        return -ERROR_WOULD_BLOCK;
    }
    port->messages++;
    return 0;
}

// ---- What the test calls.

unsigned host_blocks(void)
{
    return blocks;
}

void host_limit_heap(uint64_t more)
{
    at_most = used + more;
}

struct port *host_port(unsigned number)
{
    ports[number] = (struct port){.is_open = true, .references = 1};
    return &ports[number];
}

void host_port_set(struct port *port, bool is_open, bool is_full)
{
    port->is_open = is_open;
    port->is_full = is_full;
}

unsigned host_port_messages(const struct port *port)
{
    return port->messages;
}

unsigned host_port_references(const struct port *port)
{
    return port->references;
}

struct bpf_map *host_map(uint32_t kind, uint32_t key_size, uint32_t value_size,
                         uint32_t entries, uint32_t flags, const void *data,
                         uint32_t data_size)
{
    const struct bpf_image_map row = {
        .name = "map",
        .kind = kind,
        .key_size = key_size,
        .value_size = value_size,
        .entries = entries,
        .flags = flags,
        .data_size = data_size,
    };
    struct bpf_map *map = NULL;
    return bpf_map_create(&row, data, &map) == 0 ? map : NULL;
}

const char *host_trouble(uint32_t kind, uint32_t key_size, uint32_t value_size,
                         uint32_t entries, uint32_t flags, uint32_t data_size)
{
    const struct bpf_image_map row = {
        .name = "map",
        .kind = kind,
        .key_size = key_size,
        .value_size = value_size,
        .entries = entries,
        .flags = flags,
        .data_size = data_size,
    };
    return bpf_map_trouble(&row);
}

uint32_t host_in_use(const struct bpf_map *map)
{
    return map->in_use;
}

struct bpf_ring *host_ring(struct bpf_map *map)
{
    return map->storage;
}
