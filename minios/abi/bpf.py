"""eBPF: small programs that the kernel checks before it runs them.

The words are those of RFC 9669, "BPF Instruction Set Architecture (ISA)" (2024): class,
opcode, source, offset, immediate. The numbers of helpers and of most kinds of maps are
those of Linux (include/uapi/linux/bpf.h).

    one instruction: 8 bytes                        (RFC 9669, "Instruction encoding")
     0        8    12   16               32                                 64
    +--------+----+----+----------------+----------------------------------+
    | opcode |dst |src |     offset     |            immediate             |
    +--------+----+----+----------------+----------------------------------+

A *program* is a list of instructions for one *hook*: a moment at which the kernel calls
it. A *map* is memory that outlives a call. An *object* is what is loaded at once, and
has a name: some programs, and the maps that they share. On the disk an object is an
*image*, a file NAME.BPF, which `minios/bpf/` makes from the compiler's ELF file:

    struct bpf_image, the header
    struct bpf_image_program   program_count times
    struct bpf_image_map       map_count times
    struct bpf_instruction     instruction_count times
    struct bpf_image_line      line_count times, in the order of the instructions
    data_bytes                 what is in the data sections at the beginning
    text_bytes                 the names of source files, each with its NUL

The functions that a program calls stand behind it, inside its own instructions. The
immediate of `lddw` with BPF_PSEUDO_MAP is the number of a map. With BPF_PSEUDO_VALUE it
is the address of the only value of this map, plus the second immediate.

Left out, and refused: the packet instructions (historical), and a compiler to machine
code (JIT).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi import structures
from minios.abi.enumerations import Enumeration
from minios.abi.structures import define

# Sizes and limits. Those of the stack and of the visits are Linux' own
# (Documentation/bpf/bpf_design_QA.rst); the others keep one object small.
BPF_REGISTERS: Final = 11
BPF_STACK_BYTES: Final = 512  # of one frame
BPF_FRAMES: Final = 8  # a program, and seven calls of its own functions
BPF_INSTRUCTIONS_LIMIT: Final = 16384  # of one program, with its functions
BPF_VISITS_LIMIT: Final = 1_000_000  # instructions that the verifier looks at
BPF_STEPS_LIMIT: Final = 1_000_000  # of one call, with what its helpers do
BPF_IMAGE_BYTES: Final = 512 * 1024
BPF_PROGRAMS_LIMIT: Final = 16  # of one object
BPF_MAPS_LIMIT: Final = 16  # of one object
BPF_OBJECTS_LIMIT: Final = 12  # each is a client of the events: 4 of 16 stay free
BPF_MAP_BYTES: Final = 256 * 1024  # of all values of one map, with their keys
BPF_KEY_BYTES: Final = 64
BPF_VALUE_BYTES: Final = 4096
BPF_RING_BYTES_AT_LEAST: Final = 64  # of a ring buffer; at most BPF_MAP_BYTES
BPF_LOG_BYTES: Final = 64 * 1024  # of the verifier's log; more is cut
BPF_LOG_LINE: Final = 160

# What `lddw` loads is in its source register (RFC 9669, "64-bit immediate
# instructions").
BPF_PSEUDO_MAP: Final = 1
BPF_PSEUDO_VALUE: Final = 2
BPF_PSEUDO_CALL: Final = 1  # the source register of a call of a function of the program

BPF_CLASS: Final = Enumeration(
    "BPF_CLASS",
    "Class of an instruction: the low three bits of its opcode.",
    (
        ("LD", 0, "load a 64-bit immediate"),
        ("LDX", 1, "load from memory into a register"),
        ("ST", 2, "store an immediate"),
        ("STX", 3, "store a register, or change memory atomically"),
        ("ALU", 4, "32-bit arithmetic; the upper half becomes 0"),
        ("JMP", 5, "jump, 64-bit comparison"),
        ("JMP32", 6, "jump, 32-bit comparison"),
        ("ALU64", 7, "64-bit arithmetic"),
    ),
)

BPF_SOURCE: Final = Enumeration(
    "BPF_SOURCE",
    "Where the second operand of arithmetic and of jumps comes from.",
    (("IMMEDIATE", 0x00, ""), ("REGISTER", 0x08, "")),
)

BPF_ALU: Final = Enumeration(
    "BPF_ALU",
    "Arithmetic: the high four bits of an opcode.",
    (
        ("ADD", 0x00, ""),
        ("SUB", 0x10, ""),
        ("MUL", 0x20, ""),
        ("DIV", 0x30, "signed with offset 1; by 0 gives 0"),
        ("OR", 0x40, ""),
        ("AND", 0x50, ""),
        ("LSH", 0x60, ""),
        ("RSH", 0x70, ""),
        ("NEG", 0x80, ""),
        ("MOD", 0x90, "signed with offset 1; by 0 leaves the destination"),
        ("XOR", 0xA0, ""),
        ("MOV", 0xB0, "with offset 8, 16 or 32: extends the sign"),
        ("ARSH", 0xC0, ""),
        ("END", 0xD0, "byte order"),
    ),
)

BPF_JUMP: Final = Enumeration(
    "BPF_JUMP",
    "Jumps: the high four bits of an opcode.",
    (
        ("JA", 0x00, "always; in the class JMP32 the distance is the immediate"),
        ("JEQ", 0x10, "=="),
        ("JGT", 0x20, ">"),
        ("JGE", 0x30, ">="),
        ("JSET", 0x40, "&"),
        ("JNE", 0x50, "!="),
        ("JSGT", 0x60, "signed >"),
        ("JSGE", 0x70, "signed >="),
        ("CALL", 0x80, "a helper, or a function of the program"),
        ("EXIT", 0x90, "return"),
        ("JLT", 0xA0, "<"),
        ("JLE", 0xB0, "<="),
        ("JSLT", 0xC0, "signed <"),
        ("JSLE", 0xD0, "signed <="),
    ),
)

BPF_SIZE: Final = Enumeration(
    "BPF_SIZE",
    "How much a load or a store moves.",
    (("W", 0x00, "4"), ("H", 0x08, "2"), ("B", 0x10, "1"), ("DW", 0x18, "8 bytes")),
)

BPF_MODE: Final = Enumeration(
    "BPF_MODE",
    "How a load or a store finds its operand.",
    (
        ("IMM", 0x00, "64-bit immediate"),
        ("MEM", 0x60, "memory"),
        ("MEMSX", 0x80, "memory, and extend the sign"),
        ("ATOMIC", 0xC0, "memory, in one step"),
    ),
)

BPF_ATOMIC: Final = Enumeration(
    "BPF_ATOMIC",
    "The immediate of an atomic instruction.",
    (
        ("ADD", 0x00, ""),
        ("OR", 0x40, ""),
        ("AND", 0x50, ""),
        ("XOR", 0xA0, ""),
        ("FETCH", 0x01, "with one of the above: also return what was there"),
        ("XCHG", 0xE1, "exchange"),
        ("CMPXCHG", 0xF1, "exchange if it is equal to R0; R0 = what was there"),
    ),
)

BPF_MAP: Final = Enumeration(
    "BPF_MAP",
    "Kinds of maps.",
    (
        ("HASH", 1, "from keys to values"),
        ("ARRAY", 2, "from an index (4 bytes) to values; all of them exist"),
        ("RING", 27, "a ring buffer, from programs to one reader in ring 3"),
        ("DATA", 64, "ours: a data section of the program, an array of one value"),
    ),
)

BPF_MAP_READ_ONLY: Final = 1  # a flag of a map: programs cannot write to it

BPF_UPDATE: Final = Enumeration(
    "BPF_UPDATE",
    "When a value is put into a map.",
    (
        ("ANY", 0, "in any case"),
        ("ONLY_NEW", 1, "if the key is not there"),
        ("ONLY_OLD", 2, "if the key is there"),
    ),
)


@dataclass(frozen=True, slots=True)
class Hook:
    """A moment at which the kernel calls programs.

    A section of this name holds the program in C. `event` is the security event that
    the program gets as its context. A program that decides returns 0, or a negated
    error: then what somebody wants to do is denied. Which error it was makes no
    difference: whoever is denied gets ERROR_DENIED, as from every other client.

    `decide/file_write` sees bytes on their way into an open file, and nothing else. To
    cut a file, to rename it and to delete it are events of their own, for which there
    is no hook. Whoever wants to keep a file as it is needs more than this hook.
    """

    name: str
    event: str
    decides: bool

    @property
    def constant(self) -> str:
        """Its name in C, without the prefix BPF_HOOK_."""
        return self.name.replace("/", "_").upper()


HOOKS: Final = (
    Hook("notify/pipe_create", "PIPE_CREATE", decides=False),
    Hook("notify/pipe_open", "PIPE_OPEN", decides=False),
    Hook("notify/process_start", "NOTIFY_EXEC", decides=False),
    Hook("notify/process_end", "NOTIFY_EXIT", decides=False),
    Hook("notify/file_write", "NOTIFY_WRITE", decides=False),
    Hook("decide/process_start", "AUTH_EXEC", decides=True),
    Hook("decide/pipe_open", "AUTH_PIPE_OPEN", decides=True),
    Hook("decide/file_write", "AUTH_WRITE", decides=True),
)

BPF_MATCH: Final = Enumeration(
    "BPF_MATCH",
    "How the helper text_matches compares.",
    (
        ("PATTERN", 0, "`*` stands for any number of characters, `?` for one"),
        ("EXACT", 1, "each character stands for itself"),
    ),
)

BPF_HOOK: Final = Enumeration(
    "BPF_HOOK",
    "Hooks: for what moment a program is.",
    (
        ("TEST", 0, "none: bpf_run calls it; R1 = some memory, R2 = its size"),
        *((it.constant, number, it.event) for number, it in enumerate(HOOKS, 1)),
    ),
)

BPF_ARGUMENT: Final = Enumeration(
    "BPF_ARGUMENT",
    "What a helper wants in one of R1 to R5.",
    (
        ("NONE", 0, "nothing"),
        ("NUMBER", 1, "any number"),
        ("MAP", 2, "a map, not a ring buffer"),
        ("RING", 3, "a ring buffer"),
        ("KEY", 4, "memory with a key of the map"),
        ("VALUE", 5, "memory with a value of the map"),
        ("READ", 6, "memory to be read; the next argument says how much"),
        ("WRITE", 7, "memory to be written, all of it; the next says how much"),
        ("SIZE", 8, "how many bytes of the memory before it: at least 1"),
        ("CONSTANT_SIZE", 9, "a size that is known when the program is loaded"),
        ("CONTEXT", 10, "an address in the context: of a text"),
        ("RESERVED", 11, "what a ring buffer has reserved; it is given back"),
    ),
)

BPF_RETURNS: Final = Enumeration(
    "BPF_RETURNS",
    "What a helper leaves in R0.",
    (
        ("NUMBER", 0, ""),
        ("VALUE_OR_NULL", 1, "the address of a value of the map, or 0"),
        ("RESERVED_OR_NULL", 2, "room in a ring buffer, or 0"),
    ),
)


@dataclass(frozen=True, slots=True)
class Helper:
    """A function of the kernel for programs. `arguments` are names of BPF_ARGUMENT."""

    number: int
    name: str
    arguments: tuple[str, ...]
    returns: str
    words: str


HELPERS: Final = (
    Helper(
        1,
        "map_lookup_elem",
        ("MAP", "KEY"),
        "VALUE_OR_NULL",
        "the value of a key",
    ),
    Helper(
        2,
        "map_update_elem",
        ("MAP", "KEY", "VALUE", "NUMBER"),
        "NUMBER",
        "put a value into a map; the flags are BPF_UPDATE_",
    ),
    Helper(3, "map_delete_elem", ("MAP", "KEY"), "NUMBER", "take a key out of a map"),
    Helper(5, "ktime_get_ns", (), "NUMBER", "nanoseconds since boot"),
    Helper(
        6,
        "trace_printk",
        ("READ", "SIZE", "NUMBER", "NUMBER", "NUMBER"),
        "NUMBER",
        "a line for the kernel's log; the text may contain %d %u %x %lu %lx",
    ),
    Helper(
        14,
        "get_current_pid_tgid",
        (),
        "NUMBER",
        "process id in the upper half, thread id in the lower",
    ),
    Helper(
        16,
        "get_current_comm",
        ("WRITE", "SIZE"),
        "NUMBER",
        "the name of the running process",
    ),
    Helper(
        115,
        "probe_read_kernel_str",
        ("WRITE", "SIZE", "CONTEXT"),
        "NUMBER",
        "copy a text out of the context; returns its length with the NUL",
    ),
    Helper(
        130,
        "ringbuf_output",
        ("RING", "READ", "SIZE", "NUMBER"),
        "NUMBER",
        "copy bytes into a ring buffer",
    ),
    Helper(
        131,
        "ringbuf_reserve",
        ("RING", "CONSTANT_SIZE", "NUMBER"),
        "RESERVED_OR_NULL",
        "room in a ring buffer; 0 if it is full",
    ),
    Helper(
        132,
        "ringbuf_submit",
        ("RESERVED", "NUMBER"),
        "NUMBER",
        "give reserved bytes to the reader",
    ),
    Helper(
        133,
        "ringbuf_discard",
        ("RESERVED", "NUMBER"),
        "NUMBER",
        "give reserved bytes back",
    ),
    # Ours. In a program these would be loops that cost the verifier much: it follows
    # them for each length.
    Helper(
        1001,
        "text_matches",
        ("READ", "SIZE", "READ", "SIZE", "NUMBER"),
        "NUMBER",
        "1 if a text is like the second one, otherwise 0; how says BPF_MATCH_",
    ),
    Helper(
        1002,
        "text_number",
        ("WRITE", "SIZE", "NUMBER"),
        "NUMBER",
        "write a number as a decimal text; returns its length with the NUL",
    ),
    # Ours, too: what plugins of other kinds do by plugin_report.
    Helper(
        1003,
        "report_detection",
        ("READ", "SIZE", "READ", "SIZE", "NUMBER"),
        "NUMBER",
        "tell the world outside that a rule has matched: what, by whom, and its id",
    ),
)


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect of the kernel that the boot option `bpf_defect=NAME` plants."""

    name: str
    words: str
    source: str


DEFECTS: Final = (
    Defect("none", "the kernel is as it should be", ""),
    Defect(
        "bounds32",
        "the verifier loses track of the bounds of 32-bit results",
        "of the kind of CVE-2021-3490",
    ),
    Defect(
        "helper_length",
        "a helper trusts the length that it is given",
        "of the kind of faults in helpers",
    ),
    Defect(
        "missing_page",
        "the path that calls programs writes to a page that is not there",
        "of the kind of the crashes of RHEL 9.4 in 2024",
    ),
)
BPF_DEFECT: Final = Enumeration(
    "BPF_DEFECT",
    "Defects of the kernel, to be planted.",
    tuple((it.name.upper(), at, it.words) for at, it in enumerate(DEFECTS)),
)

BPF_LOAD: Final = Enumeration(
    "BPF_LOAD",
    "Flags of bpf_load and bpf_run.",
    (
        ("CHECK_ONLY", 1, "verify, and load nothing"),
        ("VERBOSE", 2, "log each instruction with the state before it"),
        (
            "UNVERIFIED",
            4,
            (
                "bpf_run: do not verify; the interpreter checks each access. The "
                "program sees addresses of the kernel, so this wants the right "
                "LOAD_DRIVER, too"
            ),
        ),
    ),
)

ENUMERATIONS: Final = (
    BPF_CLASS,
    BPF_SOURCE,
    BPF_ALU,
    BPF_JUMP,
    BPF_SIZE,
    BPF_MODE,
    BPF_ATOMIC,
    BPF_MAP,
    BPF_UPDATE,
    BPF_MATCH,
    BPF_HOOK,
    BPF_ARGUMENT,
    BPF_RETURNS,
    BPF_DEFECT,
    BPF_LOAD,
)

BPF_INSTRUCTION: Final = define(
    "bpf_instruction",
    "One instruction; the second half of `lddw` is one, too.",
    ("uint8_t", "opcode", 0, ""),
    ("uint8_t", "registers", 0, "destination in the low half, source in the high"),
    ("uint16_t", "offset", 0, "signed"),
    ("uint32_t", "immediate", 0, "signed"),
)

BPF_IMAGE_MAGIC: Final = int.from_bytes(b"BPFI", "little")
BPF_IMAGE_VERSION: Final = 1
BPF_IMAGE: Final = define(
    "bpf_image",
    "The header of an image.",
    ("uint32_t", "magic", 0, "BPF_IMAGE_MAGIC"),
    ("uint32_t", "version", 0, "BPF_IMAGE_VERSION"),
    ("uint32_t", "size", 0, "of the whole image, in bytes"),
    ("uint32_t", "checksum", 0, "CRC-32 of everything after the header"),
    ("uint32_t", "program_count", 0, ""),
    ("uint32_t", "map_count", 0, ""),
    ("uint32_t", "instruction_count", 0, ""),
    ("uint32_t", "line_count", 0, ""),
    ("uint32_t", "data_bytes", 0, "a multiple of 8"),
    ("uint32_t", "text_bytes", 0, "a multiple of 8"),
)
BPF_IMAGE_PROGRAM: Final = define(
    "bpf_image_program",
    "A program of an image.",
    ("char", "name", structures.NAME_SIZE, "that of its function in C"),
    ("uint32_t", "hook", 0, "BPF_HOOK_ value"),
    ("uint32_t", "first", 0, "which instruction is its first"),
    ("uint32_t", "count", 0, "of instructions, its functions included"),
    ("uint32_t", "reserved", 0, ""),
)
BPF_IMAGE_MAP: Final = define(
    "bpf_image_map",
    "A map of an image.",
    ("char", "name", structures.NAME_SIZE, ""),
    ("uint32_t", "kind", 0, "BPF_MAP_ value"),
    ("uint32_t", "key_size", 0, "ARRAY: 4; RING, DATA: 0"),
    ("uint32_t", "value_size", 0, "RING: 0"),
    ("uint32_t", "entries", 0, "RING: its bytes, a power of 2; DATA: 1"),
    ("uint32_t", "flags", 0, "BPF_MAP_READ_ONLY"),
    ("uint32_t", "data", 0, "DATA: where its first bytes stand in the image's data"),
    ("uint32_t", "data_size", 0, "how many; the rest is 0"),
    ("uint32_t", "reserved", 0, ""),
)
BPF_IMAGE_LINE: Final = define(
    "bpf_image_line",
    "From which line of source an instruction comes, and those after it.",
    ("uint32_t", "instruction", 0, "of the image"),
    ("uint32_t", "line", 0, ""),
    ("uint32_t", "file", 0, "where its name stands in the texts"),
    ("uint32_t", "reserved", 0, ""),
)

BPF_REQUEST: Final = define(
    "bpf_request",
    "What bpf_load and bpf_run are asked.",
    ("uint64_t", "image", 0, "address of an image"),
    ("uint64_t", "size", 0, "of the image"),
    ("uint64_t", "log", 0, "address for the verifier's log, lines with a NUL behind"),
    ("uint64_t", "log_size", 0, "0 = no log"),
    ("uint64_t", "memory", 0, "bpf_run: address of the memory for R1"),
    ("uint64_t", "memory_size", 0, "bpf_run: R2"),
    ("uint32_t", "flags", 0, "BPF_LOAD_ bits"),
    ("uint32_t", "visits", 0, "answer: instructions that the verifier has looked at"),
    ("uint64_t", "result", 0, "bpf_run, answer: R0"),
    ("uint64_t", "steps", 0, "bpf_run, answer: instructions that were executed"),
    ("char", "name", structures.NAME_SIZE, "bpf_load: what to call the object"),
)
BPF_ENTRY: Final = define(
    "bpf_entry",
    "One loaded program.",
    ("char", "object", structures.NAME_SIZE, ""),
    ("char", "name", structures.NAME_SIZE, ""),
    ("uint32_t", "hook", 0, "BPF_HOOK_ value"),
    ("uint32_t", "instructions", 0, ""),
    ("uint64_t", "load", 0, "which load since the start brought its object: 1, 2"),
    ("uint64_t", "visits", 0, "that the verifier made"),
    ("uint64_t", "runs", 0, "calls by the kernel"),
    ("uint64_t", "steps", 0, "instructions that these have executed"),
    ("uint64_t", "denied", 0, "how often it has said no"),
)

# A batch: many requests in one file, for the program /BIN/BPF, which writes the answers
# into another one. So one start of the machine is enough for thousands of programs.
#
#     struct bpf_batch                           struct bpf_batch
#     struct bpf_request  \\                      struct bpf_answer  \\
#     the image            > count times         its log            > count times
#     the memory          /                                        /
#
# Image, memory and log are each filled up to a multiple of 8 with zeros. The addresses
# in a request are not used. Without a name the program is run once (bpf_run), with a
# name the object is loaded (bpf_load).
BPF_BATCH_MAGIC: Final = int.from_bytes(b"BPFQ", "little")
BPF_BATCH: Final = define(
    "bpf_batch",
    "The head of a batch, and of its answers.",
    ("uint32_t", "magic", 0, "BPF_BATCH_MAGIC"),
    ("uint32_t", "count", 0, "of requests, or of answers"),
)
BPF_ANSWER: Final = define(
    "bpf_answer",
    "What came of one request of a batch.",
    ("uint64_t", "status", 0, "what the system call returned: 0 or a negated error"),
    ("uint64_t", "result", 0, "as in the request"),
    ("uint64_t", "steps", 0, "as in the request"),
    ("uint32_t", "visits", 0, "as in the request"),
    ("uint32_t", "log_bytes", 0, "of the log that follows, a multiple of 8"),
)
BPF_MAP_REQUEST: Final = define(
    "bpf_map_request",
    "Which entry of a loaded map a program of ring 3 means.",
    ("char", "object", structures.NAME_SIZE, ""),
    ("char", "map", structures.NAME_SIZE, ""),
    ("uint64_t", "key", 0, "address; bpf_map_next: 0 = before the first"),
    ("uint64_t", "value", 0, "address; bpf_map_next: where the next key is put"),
    ("uint32_t", "key_size", 0, "that of the map"),
    ("uint32_t", "value_size", 0, "that of the map; bpf_map_next: that of its keys"),
    ("uint64_t", "flags", 0, "bpf_map_update: BPF_UPDATE_ value"),
)
BPF_MAP_ENTRY: Final = define(
    "bpf_map_entry",
    "One loaded map.",
    ("char", "object", structures.NAME_SIZE, ""),
    ("char", "name", structures.NAME_SIZE, ""),
    ("uint32_t", "kind", 0, "BPF_MAP_ value"),
    ("uint32_t", "key_size", 0, ""),
    ("uint32_t", "value_size", 0, ""),
    ("uint32_t", "entries", 0, "RING: its bytes"),
    ("uint32_t", "flags", 0, "BPF_MAP_READ_ONLY"),
    ("uint32_t", "in_use", 0, "entries with a value"),
    ("uint32_t", "has_reader", 0, "RING: 1 = an open port is attached"),
    ("uint32_t", "waiting", 0, "RING: bytes that are not read yet"),
    ("uint64_t", "submitted", 0, "RING: records for the reader, since it was loaded"),
    ("uint64_t", "discarded", 0, "RING: records that programs gave back"),
    ("uint64_t", "dropped", 0, "RING: reservations that failed"),
)

STRUCTURES: Final = (
    BPF_INSTRUCTION,
    BPF_IMAGE,
    BPF_IMAGE_PROGRAM,
    BPF_IMAGE_MAP,
    BPF_IMAGE_LINE,
    BPF_REQUEST,
    BPF_ENTRY,
    BPF_BATCH,
    BPF_ANSWER,
    BPF_MAP_REQUEST,
    BPF_MAP_ENTRY,
)
