// The SDK of eBPF programs: everything that one in C may use.
// SPDX-License-Identifier: MIT
//
// A program is a function that the kernel calls at one moment, its *hook*. The kernel
// verifies it when it is loaded, and refuses it if it could read what is not its own or
// could run without end. One C file becomes one object: some programs, and the maps that
// they share.
//
//   BPF_PROGRAM("notify/pipe_open")
//   long opened(const struct event *event)
//   {
//       return 0;
//   }
//
// A program of a hook notify/... is told what has happened, and its result is ignored. A
// program of a hook decide/... is asked before something happens: 0 allows it, a negated
// ERROR_ denies it. The hooks are:
//
//   notify/pipe_create     decide/pipe_open         event->pipe
//   notify/pipe_open
//   notify/process_start   decide/process_start     event->process
//   notify/process_end
//   notify/file_write      decide/file_write        event->file
//
// On the right: what of the event is about it. event->actor is who does it.
//
// A program for "test" belongs to no hook: `minios bpf run` calls it. R1 is the address of
// its memory there, and R2 the number of bytes.
//
// There is no library. Functions of your own are fine. A loop must have a bound that the
// verifier can see. Memory is the stack (512 bytes a function), variables of the file,
// maps, and the event, which can only be read.
#ifndef MINIOS_BPF_H
#define MINIOS_BPF_H

#include <minios/abi.h>
#include <stdbool.h>

// Puts a function into the section of its hook.
#define BPF_PROGRAM(hook) __attribute__((section(hook), used))

// Keeps the compiler from putting a function into those that call it.
#define BPF_FUNCTION __attribute__((noinline))

// A map: memory that outlives a call, and that programs of ring 3 can read and change.
//
//   BPF_MAP struct bpf_map counts = {
//       .kind = BPF_MAP_HASH,
//       .key_size = sizeof(uint32_t),
//       .value_size = sizeof(uint64_t),
//       .entries = 64,
//   };
//
// The kinds of maps are BPF_MAP_ARRAY (its keys are the indexes 0, 1, ...: 4 bytes each),
// BPF_MAP_HASH (any keys) and BPF_MAP_RING. A variable of the file needs no map: it lies in
// a data section, which the compiler and the loader make a map of (.data, .bss, .rodata).
//
// A ring buffer has neither keys nor values: `entries` is its size in bytes, a power of 2.
// If it is called `events` and its records are `struct event`, an extension can take its
// events from it (see plugin_subscribe in <minios/plugin.h>).
#define BPF_MAP __attribute__((section(".maps"), used))

struct bpf_map {
    uint32_t kind;  // BPF_MAP_
    uint32_t key_size;
    uint32_t value_size;
    uint32_t entries;
    uint32_t flags;  // BPF_MAP_READ_ONLY
};

// ---- Helpers: the functions of the kernel that a program may call.
//
//   maps           bpf_map_lookup_elem, bpf_map_update_elem, bpf_map_delete_elem
//   ring buffers   bpf_ringbuf_output, or bpf_ringbuf_reserve and then
//                  bpf_ringbuf_submit or bpf_ringbuf_discard
//   who and when   bpf_get_current_pid_tgid, bpf_get_current_comm, bpf_ktime_get_ns
//   texts          bpf_probe_read_kernel_str, bpf_text_matches, bpf_text_number
//   the log        bpf_trace_printk
//   a detection    bpf_report_detection
//
// To the compiler each of them is a pointer with the helper's number as its address. It
// makes the instruction `call NUMBER` of it.

#define BPF_HELPER_NUMBER(number, name, ...) BPF_NUMBER_##name = (number),
enum { BPF_HELPER_TABLE(BPF_HELPER_NUMBER) };
#undef BPF_HELPER_NUMBER

// The value of a key, or NULL if there is none. The verifier wants to see the test for
// NULL.
//
//   uint64_t *count = bpf_map_lookup_elem(&counts, &key);
//   if (count != NULL) {
//       *count += 1;
//   }
static void *(*const bpf_map_lookup_elem)(const struct bpf_map *map, const void *key) =
    (void *)BPF_NUMBER_map_lookup_elem;

// Puts a value into a map. `flags` is BPF_UPDATE_ANY, _ONLY_NEW or _ONLY_OLD. Returns 0
// or a negated ERROR_.
//
//   uint64_t one = 1;
//   bpf_map_update_elem(&counts, &key, &one, BPF_UPDATE_ANY);
static long (*const bpf_map_update_elem)(const struct bpf_map *map, const void *key,
                                         const void *value, uint64_t flags) = (void *)
    BPF_NUMBER_map_update_elem;

// Takes a key out of a map. Returns 0, or a negated ERROR_ if it was not there.
static long (*const bpf_map_delete_elem)(const struct bpf_map *map, const void *key) =
    (void *)BPF_NUMBER_map_delete_elem;

// Nanoseconds since boot.
static uint64_t (*const bpf_ktime_get_ns)(void) = (void *)BPF_NUMBER_ktime_get_ns;

// Writes a line to the kernel's log. `size` counts the NUL of the text, too. It may have
// %d %u %x %lu %lx, at most three of them.
//
//   static const char text[] = "opened by %u";
//   bpf_trace_printk(text, sizeof(text), event->actor.process_id, 0, 0);
static long (*const bpf_trace_printk)(const char *text, uint32_t size, uint64_t first,
                                      uint64_t second,
                                      uint64_t third) = (void *)BPF_NUMBER_trace_printk;

// The process that runs in the upper half, its thread in the lower.
//
//   uint32_t process_id = bpf_get_current_pid_tgid() >> 32;
static uint64_t (*const bpf_get_current_pid_tgid)(void) = (void *)
    BPF_NUMBER_get_current_pid_tgid;

// The name of the process that runs.
//
//   char name[16];
//   bpf_get_current_comm(name, sizeof(name));
static long (*const bpf_get_current_comm)(char *name, uint32_t size) = (void *)
    BPF_NUMBER_get_current_comm;

// Copies a text out of the event. Returns its length with the NUL, or a negated ERROR_.
//
//   char name[PIPE_NAME_SIZE];
//   bpf_probe_read_kernel_str(name, sizeof(name), event->pipe.name);
static long (*const bpf_probe_read_kernel_str)(char *text, uint32_t size,
                                               const void *from) = (void *)
    BPF_NUMBER_probe_read_kernel_str;

// Whether a text is like another one: 1 or 0, or a negated ERROR_ if one of them is longer
// than a path. With BPF_MATCH_PATTERN, `*` and `?` in the second one stand for others.
//
//   if (bpf_text_matches(name, sizeof(name), "MSSE-*", 7, BPF_MATCH_PATTERN) == 1) {
static long (*const bpf_text_matches)(const char *text, uint32_t size,
                                      const char *wanted, uint32_t wanted_size,
                                      uint64_t how) = (void *)BPF_NUMBER_text_matches;

// Writes a number as a decimal text. Returns its length with the NUL.
static long (*const bpf_text_number)(char *text, uint32_t size,
                                     uint64_t number) = (void *)BPF_NUMBER_text_number;

// Tells the world outside that a rule of a sensor has matched, as RECORD_DETECTION does
// for other plugins: what was done, by whom, and the id of the rule. Each text ends with
// a NUL, or with its memory.
//
//   bpf_report_detection(name, sizeof(name), process, sizeof(process), 0x1005);
static long (*const bpf_report_detection)(
    const char *what, uint32_t what_size, const char *who, uint32_t who_size,
    uint64_t detection) = (void *)BPF_NUMBER_report_detection;

// Copies bytes into a ring buffer. `flags` is 0. Returns a negated ERROR_ if it is full:
// then the bytes are lost, and counted.
//
//   bpf_ringbuf_output(&events, event, sizeof(*event), 0);
static long (*const bpf_ringbuf_output)(const struct bpf_map *ring, const void *bytes,
                                        uint64_t size, uint64_t flags) = (void *)
    BPF_NUMBER_ringbuf_output;

// Room in a ring buffer, or NULL if it is full. `size` is a constant, `flags` is 0. What
// was reserved has to be given back on every path: submitted, or discarded.
//
//   struct event *copy = bpf_ringbuf_reserve(&events, sizeof(*copy), 0);
//   if (copy == NULL) {
//       return 0;
//   }
//   copy->type = event->type;
//   bpf_ringbuf_submit(copy, 0);
static void *(*const bpf_ringbuf_reserve)(const struct bpf_map *ring, uint64_t size,
                                          uint64_t flags) = (void *)
    BPF_NUMBER_ringbuf_reserve;

// Gives the reserved bytes to the reader.
static void (*const bpf_ringbuf_submit)(void *reserved, uint64_t flags) = (void *)
    BPF_NUMBER_ringbuf_submit;

// Gives the reserved bytes back. The reader never sees them.
static void (*const bpf_ringbuf_discard)(void *reserved, uint64_t flags) = (void *)
    BPF_NUMBER_ringbuf_discard;

#endif
