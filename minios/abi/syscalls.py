"""The system calls: what a program can ask the kernel in ring 0 to do.

Calling convention (System V x86-64 ABI, A.2.1): the number is in RAX, the arguments in
RDI, RSI, RDX, R10, R8 and R9. The result is in RAX, and an error is a negative number.
The instruction `syscall` itself overwrites RCX (return RIP) and R11 (RFLAGS).

Every row names the right that the caller must have, so nobody can add a call without
deciding that. `ANY` means that every process may make the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RIGHTS: Final = (
    ("ANY", 0, "every process"),
    ("SPAWN", 1 << 0, "start and kill processes"),
    ("DISK_WRITE", 1 << 1, "change files"),
    ("LINK", 1 << 2, "read and write the update link"),
    ("EVENTS", 1 << 3, "subscribe to security events"),
    ("REPORT", 1 << 4, "write to the beacon"),
    ("LOAD_DRIVER", 1 << 5, "load a plugin into ring 0, where the policy allows it"),
    ("POWER", 1 << 6, "reset or switch off the machine, and set its date"),
    ("CRITICAL", 1 << 7, "be a process whose death stops the machine"),
    ("DEBUG", 1 << 8, "read and change other processes, and end protected ones"),
    ("APPROVE", 1 << 9, "speak for the user: approve plugins"),
    ("DEVICE", 1 << 10, "use the ports and interrupt lines of its manifest"),
    ("BPF", 1 << 11, "load, run, list and remove eBPF programs"),
)


@dataclass(frozen=True, slots=True)
class Syscall:
    """One system call: its number, its C arguments, the right that it needs.

    `asks` is what a program asks for: "workload asks the kernel to create a pipe".
    """

    number: int
    name: str
    arguments: tuple[str, ...]
    right: str
    words: str
    asks: str


def _table(*rows: tuple[str, str, str, str, str]) -> tuple[Syscall, ...]:
    return tuple(
        Syscall(
            number, name, tuple(a for a in args.split(", ") if a), right, words, asks
        )
        for number, (name, args, right, words, asks) in enumerate(rows)
    )


SYSCALLS: Final = _table(
    (
        "nothing",
        "",
        "ANY",
        "do nothing and return 0: what a crossing itself costs",
        "do nothing",
    ),
    # Processes and time.
    ("exit", "long status", "ANY", "end the calling process", "end this process"),
    (
        "spawn",
        "const struct spawn *request",
        "SPAWN",
        "start a program; returns its process id",
        "start a program",
    ),
    (
        "kill",
        "uint32_t process_id",
        "SPAWN",
        "the signal KILL; a critical process takes the machine along",
        "end another process",
    ),
    (
        "process_id",
        "",
        "ANY",
        "the caller's own process id",
        "say which process this is",
    ),
    (
        "process_list",
        "uint32_t index, struct process_entry *entry",
        "ANY",
        "the index-th living process; NOT_FOUND past the last",
        "list the processes",
    ),
    (
        "sleep",
        "uint64_t nanoseconds",
        "ANY",
        "let others run for that long",
        "let it sleep for a while",
    ),
    (
        "clock",
        "",
        "ANY",
        "nanoseconds since this boot, in whole timer ticks",
        "tell the time",
    ),
    (
        "memory_map",
        "size_t size",
        "ANY",
        "fresh zeroed pages; returns their address",
        "map more memory",
    ),
    # Files, and everything that is read and written like one.
    (
        "open",
        "const char *path, uint32_t flags",
        "ANY",
        "returns a handle",
        "open a file",
    ),
    (
        "close",
        "uint32_t handle",
        "ANY",
        "give a handle back; what was written to a file is on the disk then",
        "close a handle",
    ),
    (
        "read",
        "uint32_t handle, void *buffer, size_t size",
        "ANY",
        "returns bytes read",
        "read from a file or device",
    ),
    (
        "write",
        "uint32_t handle, const void *buffer, size_t size",
        "ANY",
        "returns bytes written",
        "write to a file or device",
    ),
    (
        "seek",
        "uint32_t handle, uint32_t offset",
        "ANY",
        "set the position in a file",
        "go to another place in a file",
    ),
    ("unlink", "const char *path", "DISK_WRITE", "delete a file", "delete a file"),
    (
        "rename",
        "const char *from, const char *to",
        "DISK_WRITE",
        "rename a file",
        "rename a file",
    ),
    (
        "list",
        "const char *path, uint32_t index, struct file_entry *entry",
        "ANY",
        "the index-th entry of a directory; NOT_FOUND past the last",
        "list a directory",
    ),
    # Named pipes.
    (
        "pipe_create",
        "const char *name",
        "ANY",
        "the server's end; returns a handle",
        "create a pipe",
    ),
    (
        "pipe_open",
        "const char *name",
        "ANY",
        "a client's end; returns a handle",
        "open a pipe",
    ),
    # Message ports.
    (
        "port_create",
        "const char *name",
        "ANY",
        "a named inbox; returns a handle",
        "create a port",
    ),
    (
        "port_connect",
        "const char *name",
        "ANY",
        "a handle to send to that inbox",
        "connect it to a port",
    ),
    (
        "port_send",
        "uint32_t handle, const struct message *message",
        "ANY",
        "put a message in the inbox; never waits",
        "send a message",
    ),
    (
        "port_receive",
        "uint32_t handle, struct message *message, uint64_t timeout",
        "ANY",
        "take the oldest message; waits at most `timeout` nanoseconds",
        "wait for a message",
    ),
    (
        "port_call",
        "uint32_t handle, struct message *message, uint64_t timeout",
        "ANY",
        "send, then wait for the answer, which replaces the message",
        "send a message and wait for the answer",
    ),
    (
        "port_reply",
        "uint32_t call_id, const struct message *message",
        "ANY",
        "answer a message that came with a call id",
        "answer a message",
    ),
    # Security events, services, the machine itself.
    (
        "event_subscribe",
        "uint32_t port, const uint32_t *types, size_t count",
        "EVENTS",
        "have events of these types sent to a port",
        "send it security events",
    ),
    (
        "event_respond",
        "uint32_t port, uint64_t message_id, uint32_t verdict",
        "EVENTS",
        "give the verdict on an AUTH event that came to this port",
        "take its verdict",
    ),
    (
        "event_mute",
        "uint32_t port, const struct event_mute *mute, uint32_t listed",
        "EVENTS",
        "hide events from the client that this port is, or show them again",
        "hide security events from it",
    ),
    (
        "event_setting",
        "uint32_t port, uint32_t setting, uint64_t value",
        "EVENTS",
        "change an EVENT_SETTING_ of the client that this port is",
        "change how it gets security events",
    ),
    (
        "event_client",
        "uint32_t index, struct event_client_entry *entry",
        "ANY",
        "the index-th client of the security events; NOT_FOUND past the last",
        "list who gets security events",
    ),
    (
        "service_query",
        "uint32_t index, struct service *service",
        "ANY",
        "the index-th line of the service list; NOT_FOUND past the last",
        "list the services",
    ),
    (
        "driver_load",
        "const char *path",
        "LOAD_DRIVER",
        "load a plugin into ring 0; REFUSED where the policy forbids it",
        "load a driver",
    ),
    (
        "boot_option",
        "const char *name, char *value, size_t size",
        "ANY",
        "the value of `name=` on the kernel command line",
        "read a boot option",
    ),
    (
        "report",
        "const struct record *record",
        "REPORT",
        "tell the outside through the beacon",
        "report something to the outside",
    ),
    (
        "power",
        "uint32_t operation",
        "POWER",
        "POWER_ value: switch off, reset, stop",
        "switch the machine off or reset it",
    ),
    (
        "driver_unload",
        "const char *name",
        "LOAD_DRIVER",
        "stop a ring-0 plugin and take its code away",
        "unload a driver",
    ),
    (
        "driver_control",
        "const char *name, uint64_t request, uint64_t pointer",
        "ANY",
        "a request that a ring-0 plugin serves on the caller's own thread",
        "pass a request to a driver",
    ),
    (
        "input_wait",
        "uint32_t handle, uint64_t timeout",
        "ANY",
        "wait at most `timeout` nanoseconds until the console or the link has bytes",
        "wait until there is input",
    ),
    (
        "boot_status",
        "struct boot_status *status",
        "ANY",
        "how this start goes, and how the ones before it went",
        "say how this start goes",
    ),
    (
        "boot_next",
        "uint32_t mode",
        "POWER",
        "the BOOT_MODE_ of the next start; of that one alone",
        "choose the mode of the next start",
    ),
    (
        "service_failed",
        "const char *name, long error",
        "POWER",
        "a service would not start: does what its error control says",
        "handle a service that would not start",
    ),
    # The device of a user driver.
    (
        "interrupt_connect",
        "uint32_t port, uint32_t irq",
        "DEVICE",
        "have each interrupt of this line sent to a port, as a message",
        "send it the interrupts of its device",
    ),
    (
        "interrupt_done",
        "uint32_t irq",
        "DEVICE",
        "the driver has served the interrupt: let the line interrupt again",
        "let its device interrupt again",
    ),
    (
        "interrupt_disconnect",
        "uint32_t irq",
        "DEVICE",
        "send no more interrupts of this line",
        "send it no more interrupts",
    ),
    (
        "process_watch",
        "uint32_t process_id, uint32_t port",
        "SPAWN",
        "have a port told when a process ends whose own watcher has ended before",
        "tell it when another process ends",
    ),
    # The life of a plugin that needs the user's approval.
    (
        "plugin_activate",
        "const char *path",
        "SPAWN",
        "ask that this plugin may run; EXISTS if another version is active",
        "activate a plugin",
    ),
    (
        "plugin_decide",
        "uint32_t decision, const char *name",
        "APPROVE",
        "a DECISION_ of the user about a plugin that somebody has activated",
        "pass on what the user decides about a plugin",
    ),
    (
        "plugin_approval",
        "uint32_t index, struct approval *approval",
        "ANY",
        "the index-th plugin that was activated; NOT_FOUND past the last",
        "list which plugins are approved",
    ),
    (
        "plugin_manifest",
        "const char *path, struct plugin_manifest *manifest",
        "ANY",
        "the manifest in the file of an extension; BAD_IMAGE if it has none",
        "read the manifest of an extension",
    ),
    # Signals.
    (
        "signal",
        "uint32_t process_id, uint32_t number",
        "SPAWN",
        "send a SIGNAL_; NOT_PERMITTED if the process is protected",
        "send a signal to a process",
    ),
    (
        "signal_port",
        "uint32_t port",
        "ANY",
        "from now on TERM and USR1 come as messages to this port; 0: no longer",
        "send it signals as messages",
    ),
    # Other processes.
    (
        "process_open",
        "uint32_t process_id, uint32_t access",
        "ANY",
        "a handle with this TASK_; READ and CONTROL need the right DEBUG",
        "let it look at another process",
    ),
    (
        "process_info",
        "uint32_t handle, struct process_info *info",
        "ANY",
        "what is known of the process of this handle",
        "tell it about a process",
    ),
    (
        "process_memory",
        "uint32_t handle, uint64_t address, struct memory_range *range",
        "ANY",
        "the first memory of that process from this address on; NOT_FOUND: no more",
        "say where a process has memory",
    ),
    (
        "process_read",
        "uint32_t handle, uint64_t address, void *buffer, size_t size",
        "ANY",
        "read memory of that process; returns bytes read",
        "read the memory of another process",
    ),
    (
        "process_write",
        "uint32_t handle, uint64_t address, const void *buffer, size_t size",
        "ANY",
        "change memory of that process; returns bytes written",
        "change the memory of another process",
    ),
    # The caller's own memory.
    (
        "mmap",
        "size_t size, uint32_t rights",
        "ANY",
        "fresh zeroed pages with these MEMORY_ rights; returns their address",
        "map memory with rights of its choice",
    ),
    (
        "munmap",
        "uint64_t address, size_t size",
        "ANY",
        "give these pages back",
        "take memory back",
    ),
    (
        "mprotect",
        "uint64_t address, size_t size, uint32_t rights",
        "ANY",
        "change what may be done with these pages; never WRITE and EXECUTE",
        "change the rights of its memory",
    ),
    # The date.
    (
        "date",
        "",
        "ANY",
        "the day that files are dated with, as FAT encodes it",
        "tell the date",
    ),
    (
        "date_set",
        "uint32_t year, uint32_t month, uint32_t day",
        "POWER",
        "set that day, from 1980-01-01 to 2107-12-31",
        "set the date",
    ),
    # Debugging.
    (
        "process_trace",
        "uint32_t handle, uint32_t port",
        "ANY",
        "from now on that process stops at each `int3` and tells the port; 0: no more",
        "debug another process",
    ),
    # Files, once more: what is known of them.
    (
        "stat",
        "const char *path, struct file_status *status",
        "ANY",
        "what is known of a file or folder: size, flags, dates",
        "say what it knows of a file",
    ),
    (
        "access",
        "const char *path, uint32_t flags",
        "ANY",
        "0 if the caller could open it with these flags; flags 0: if it exists",
        "say whether it may open a file",
    ),
    (
        "attributes",
        "const char *path, struct file_attributes *attributes",
        "ANY",
        "how a file or folder lies on the disk, and how full the disk is",
        "say how a file lies on the disk",
    ),
    (
        "handle_path",
        "uint32_t handle, char *path, size_t size",
        "ANY",
        "the path of an open file, as it is now; NOT_FOUND after it was deleted",
        "say which file a handle means",
    ),
    (
        "duplicate",
        "uint32_t handle",
        "ANY",
        "a second handle to an open file or device, with a position of its own",
        "duplicate a handle",
    ),
    # Files: changes that are not bytes.
    (
        "truncate",
        "uint32_t handle, uint32_t size",
        "DISK_WRITE",
        "take bytes away from the end of an open file, until it has this size",
        "make a file shorter",
    ),
    (
        "set_flags",
        "const char *path, uint32_t flags",
        "DISK_WRITE",
        "set the FILE_ bits of a file or folder: read-only, hidden, system, archive",
        "set the flags of a file",
    ),
    (
        "set_times",
        "const char *path, uint32_t date, uint32_t time",
        "DISK_WRITE",
        "set when a file was written, as FAT encodes it; date 0: today",
        "set the date of a file",
    ),
    (
        "clone",
        "const char *path, const char *to",
        "DISK_WRITE",
        "copy a file to a new name, in one step; EXISTS if there is such a file",
        "clone a file",
    ),
    (
        "remount",
        "uint32_t read_only",
        "DISK_WRITE",
        "1: no file can be changed until 0; BUSY while one is being written",
        "make the disk read-only, or writable again",
    ),
    # eBPF.
    (
        "bpf_load",
        "struct bpf_request *request",
        "BPF",
        "verify an object and load it: all of its programs, or none",
        "load eBPF programs",
    ),
    (
        "bpf_run",
        "struct bpf_request *request",
        "BPF",
        "run the only program (TEST) of an object once; unverified: LOAD_DRIVER, too",
        "run an eBPF program",
    ),
    (
        "bpf_list",
        "uint32_t index, struct bpf_entry *entry",
        "ANY",
        "the index-th loaded eBPF program; NOT_FOUND past the last",
        "list the eBPF programs",
    ),
    (
        "bpf_remove",
        "const char *name",
        "BPF",
        "remove an object with its programs and maps",
        "remove eBPF programs",
    ),
    (
        "bpf_map_lookup",
        "const struct bpf_map_request *request",
        "BPF",
        "copy the value of a key out of a map; EVENTS, too, if events call programs",
        "read a map of eBPF programs",
    ),
    (
        "bpf_map_update",
        "const struct bpf_map_request *request",
        "BPF",
        "put a value into a loaded map",
        "change a map of eBPF programs",
    ),
    (
        "bpf_map_delete",
        "const struct bpf_map_request *request",
        "BPF",
        "take a key out of a loaded map",
        "delete from a map of eBPF programs",
    ),
    (
        "bpf_map_next",
        "const struct bpf_map_request *request",
        "BPF",
        "the key of a loaded map after this one; NOT_FOUND after the last",
        "list the keys of a map",
    ),
    (
        "bpf_map_list",
        "uint32_t index, struct bpf_map_entry *entry",
        "ANY",
        "the index-th map of a loaded eBPF object; NOT_FOUND past the last",
        "list the maps of eBPF programs",
    ),
    (
        "bpf_ring_attach",
        "const char *object, const char *map, uint32_t port",
        "EVENTS",
        "be the reader of a ring buffer; the port gets MESSAGE_RING",
        "read a ring buffer of eBPF programs",
    ),
    (
        "bpf_ring_read",
        "uint32_t port, void *record, size_t size",
        "EVENTS",
        "the next record for this port, its size is returned; WOULD_BLOCK: none",
        "read a record of a ring buffer",
    ),
    # Modules, and what the kernel has said.
    (
        "module_query",
        "uint32_t index, struct module_entry *entry",
        "ANY",
        "the index-th module; NOT_FOUND past the last",
        "list the modules",
    ),
    (
        "module_unload",
        "const char *name, uint32_t flags",
        "LOAD_DRIVER",
        "unload a module; BUSY if it is in use, unless the flags have MODULE_FORCE",
        "unload a module",
    ),
    (
        "log_read",
        "uint64_t *position, char *buffer, size_t size",
        "LOAD_DRIVER",
        "what the kernel has said since a position; returns bytes, and moves it on",
        "read what the kernel has said",
    ),
    (
        "kernel_taint",
        "",
        "ANY",
        "the TAINT_ bits: why a report of this kernel may be doubted",
        "say what has happened to the kernel",
    ),
    # The boot menu.
    (
        "boot_entry",
        "uint32_t index, struct boot_entry *entry",
        "ANY",
        "the index-th command line of the boot menu; NOT_FOUND past the last",
        "list the command lines of the boot menu",
    ),
    (
        "boot_choose",
        "uint32_t index, const char *words",
        "POWER",
        "start with this entry, with its own words or (not NULL) with these",
        "start with a command line of the boot menu",
    ),
)

BY_NAME: Final = {call.name: call for call in SYSCALLS}
