"""From C through the compiler's object file to an image.

Deep: two thousand damaged object files.
"""

from __future__ import annotations

import random
import struct
from io import BytesIO
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from minios.abi import bpf
from minios.bpf import elf_tables, image, object_file
from minios.bpf.image import Program
from minios.bpf.object_file import Parts
from minios.errors import ImageError
from minios.image import bytecode

_SOURCE = """\
#include <minios/bpf.h>
BPF_MAP struct bpf_map seen = {
    .kind = BPF_MAP_HASH, .key_size = 4, .value_size = 8, .entries = 16};
BPF_MAP struct bpf_map ring = {.kind = BPF_MAP_RING, .entries = 4096};
static volatile uint64_t calls;
static volatile uint64_t step = 2;
static const char words[] = "opened";
static BPF_FUNCTION uint64_t inner(uint64_t x)
{
    calls += step;
    return x * 3;
}
BPF_FUNCTION uint64_t outer(uint64_t x)
{
    return inner(x) + 1;
}
BPF_PROGRAM("notify/pipe_open") long opened(const struct event *event)
{
    uint32_t key = event->type;
    uint64_t *value = bpf_map_lookup_elem(&seen, &key);
    if (value != NULL) {
        *value += outer(event->time);
    }
    return bpf_ringbuf_output(&ring, words, sizeof(words), 0);
}
BPF_PROGRAM("decide/process_start") long decided(const struct event *event)
{
    return inner(event->time) == 7 ? -1 : 0;
}
"""
_CALL, _LOAD_ADDRESS = 0x85, 0x18


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> bytecode.Built:
    """The C file above, compiled once."""
    path = tmp_path_factory.mktemp("c") / "watch.c"
    path.write_text(_SOURCE, "utf-8")
    return bytecode.build(path)


@pytest.fixture(scope="module")
def parts(built: bytecode.Built) -> Parts:
    """What was read out of its object."""
    return object_file.read(built.object, "watch.o")


def _instructions(program: Program) -> list[tuple[int, int, int, int]]:
    return list(struct.iter_unpack("<BBhi", program.code))


def _line_of(program: Program, at: int) -> int:
    return [it for it in program.lines if it.instruction <= at][-1].line


def test_each_function_in_a_section_of_a_hook_is_a_program(parts: Parts) -> None:
    """The section says when it is called, the function what it is called."""
    found = {(it.name, it.hook) for it in parts.programs}
    assert found == {
        ("opened", "notify/pipe_open"),
        ("decided", "decide/process_start"),
    }


def test_maps_have_the_sizes_of_the_source(parts: Parts) -> None:
    """The kernel makes them from these numbers alone."""
    found = {it.name: it for it in parts.maps}
    seen, ring = found["seen"], found["ring"]
    assert (seen.kind, seen.key_size, seen.value_size, seen.entries) == (1, 4, 8, 16)
    assert (ring.kind, ring.key_size, ring.value_size, ring.entries) == (27, 0, 0, 4096)


def test_variables_are_maps_with_their_first_values(parts: Parts) -> None:
    """What is 0 takes no room in the image, and constants cannot be written to."""
    found = {it.name: it for it in parts.maps}
    assert found[".data"].data == (2).to_bytes(8, "little")
    assert (found[".bss"].value_size, found[".bss"].data) == (8, b"")
    constants = next(it for name, it in found.items() if name.startswith(".rodata"))
    assert constants.data == b"opened\0"
    assert constants.flags == bpf.BPF_MAP_READ_ONLY


def test_each_program_has_its_own_copy_of_what_it_calls(parts: Parts) -> None:
    """Also of what these call: a program has no code outside of its own."""
    for program in parts.programs:
        code = _instructions(program)
        calls = [
            at + 1 + immediate
            for at, (opcode, registers, _, immediate) in enumerate(code)
            if opcode == _CALL and registers >> 4 == bpf.BPF_PSEUDO_CALL
        ]
        assert len(calls) == {"opened": 2, "decided": 1}[program.name]
        source = _SOURCE.splitlines()
        for target in calls:
            begins = source[_line_of(program, target) - 1]
            assert begins.startswith(
                ("{", "    calls", "    return", "BPF_F", "static")
            )
            assert 0 < target < len(code)


def test_a_load_of_an_address_names_a_map_that_is_there(parts: Parts) -> None:
    """The kernel puts the address in when it loads the object."""
    kinds = {number: it.kind for number, it in enumerate(parts.maps)}
    for program in parts.programs:
        for opcode, registers, _, immediate in _instructions(program):
            if opcode == _LOAD_ADDRESS:
                source = registers >> 4
                is_data = kinds[immediate] == "DATA"
                assert source == (
                    bpf.BPF_PSEUDO_VALUE if is_data else bpf.BPF_PSEUDO_MAP
                )


def test_lines_lead_to_the_source_of_each_function(parts: Parts) -> None:
    """A refusal of the verifier names them."""
    opened = next(it for it in parts.programs if it.name == "opened")
    assert {it.file for it in opened.lines} == {"watch.c"}
    look_up = next(
        at
        for at, it in enumerate(_instructions(opened))
        if it[0] == _CALL and it[1] >> 4 == 0
    )
    assert "bpf_map_lookup_elem" in _SOURCE.splitlines()[_line_of(opened, look_up) - 1]
    last = len(_instructions(opened)) - 1
    assert _line_of(opened, last) < _SOURCE[: _SOURCE.index("opened(")].count("\n") + 1


def test_pyelftools_reads_the_same_tables(built: bytecode.Built) -> None:
    """Our own reader believes no number. A reader of others must agree with it."""
    tables = elf_tables.Tables(built.object, "watch.o")
    witness = ELFFile(BytesIO(built.object))
    assert [it.name for it in tables.sections] == [
        it.name for it in witness.iter_sections()
    ]
    symbols = witness.get_section_by_name(".symtab")
    assert isinstance(symbols, SymbolTableSection)
    assert [(it.name, it.value, it.size) for it in tables.symbols] == [
        (it.name, it["st_value"], it["st_size"]) for it in symbols.iter_symbols()
    ]


def test_equal_sources_give_equal_images(built: bytecode.Built, tmp_path: Path) -> None:
    """In whatever folder they are."""
    path = tmp_path / "watch.c"
    path.write_text(_SOURCE, "utf-8")
    again = bytecode.build(path)
    assert (again.image, again.object) == (built.image, built.object)


def test_the_header_has_a_function_for_each_helper() -> None:
    """A helper that no C program can call would be of no use."""
    header = Path("minios/abi/include/minios/bpf.h")
    text = (Path(__file__).parents[3] / header).read_text("utf-8")
    for helper in bpf.HELPERS:
        assert f"(*const bpf_{helper.name})(" in text.replace("\n", "")
        assert f"BPF_NUMBER_{helper.name};" in text


def test_the_compiler_sees_no_other_file(tmp_path: Path) -> None:
    """Who compiles what a stranger has written must not lose a file by it."""
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    path = tmp_path / "reads.c"
    path.write_text('#include "secret.txt"\n', "utf-8")
    with pytest.raises(ImageError, match="file not found"):
        bytecode.build(path)


def test_a_mistake_in_c_is_told_with_its_line(tmp_path: Path) -> None:
    """And with the name that the author has given the file."""
    path = tmp_path / "wrong.c"
    path.write_text("int x;\nint y = nothing;\n", "utf-8")
    with pytest.raises(ImageError, match=r"(?m)^wrong\.c:2:9: error") as caught:
        bytecode.build(path)
    assert "drivers/" not in str(caught.value)


# ---- Objects of strangers.


def _sections(data: bytes) -> dict[str, int]:
    """Where the header of each section is in the file."""
    tables = elf_tables.Tables(data, "x")
    start = int.from_bytes(data[0x28:0x30], "little")
    return {it.name: start + 64 * it.number for it in tables.sections}


def _put(data: bytes, at: int, value: int, size: int) -> bytes:
    return data[:at] + value.to_bytes(size, "little") + data[at + size :]


def _map_place(data: bytes, name: str, field: int) -> int:
    """Where a number of a `struct bpf_map` is."""
    tables = elf_tables.Tables(data, "x")
    section = tables.section(".maps")
    symbol = next(it for it in tables.symbols if it.name == name)
    assert section is not None
    return section.offset + symbol.value + 4 * field


def _with_map(field: int, value: int) -> object:
    return lambda data: _put(data, _map_place(data, "seen", field), value, 4)


def _renamed(old: bytes, new: bytes) -> object:
    assert len(old) == len(new)
    return lambda data: data.replace(old, new)


def _function_size(size: int) -> object:
    """Let the symbol of a program claim another size."""

    def change(data: bytes) -> bytes:
        tables = elf_tables.Tables(data, "x")
        table = next(it for it in tables.sections if it.name == ".symtab")
        names = [it.name for it in tables.symbols]
        at = table.offset + 24 * names.index("opened")
        return _put(data, at + 16, size, 8)

    return change


def _relocation(offset: int, value: int) -> object:
    """Change the first relocation of a program: its place (0) or its info (8)."""

    def change(data: bytes) -> bytes:
        tables = elf_tables.Tables(data, "x")
        table = next(it for it in tables.sections if it.name == ".relnotify/pipe_open")
        return _put(data, table.offset + offset, value, 8)

    return change


_HOSTILE = {
    "empty": (lambda _: b"", "no ELF file, or it is cut short"),
    "cut short": (lambda data: data[: len(data) // 2], "cut short"),
    "another machine": (lambda data: _put(data, 18, 62, 2), "machine is 62"),
    "big-endian": (lambda data: _put(data, 5, 2, 1), "little-endian"),
    "an executable": (lambda data: _put(data, 16, 2, 2), "its type 2"),
    "too many sections": (lambda data: _put(data, 60, 65535, 2), "cannot be read"),
    "too large": (lambda data: data + bytes(1 << 20), "more than 1024 KiB"),
    "section outside": (
        lambda data: _put(data, _sections(data)["notify/pipe_open"] + 32, 1 << 40, 8),
        "does not lie inside the file",
    ),
    "section of no bytes": (
        lambda data: _put(data, _sections(data)["notify/pipe_open"] + 32, 0, 8),
        "does not lie inside its section",
    ),
    "a map of 4 GiB": (_with_map(2, 0xFFFFFFFF), "values of 4294967295 bytes"),
    "many entries": (_with_map(3, 0xFFFFFFFF), "would need"),
    "no entries": (_with_map(3, 0), "has no entries"),
    "a key of no bytes": (_with_map(1, 0), "key of 0 bytes"),
    "a kind of map of its own": (_with_map(0, 99), "has the kind 99"),
    "flags of its own": (_with_map(4, 8), "unknown flags 0x8"),
    "no such hook": (
        _renamed(b"notify/pipe_open\0", b"notify/pipe_oops\0"),
        "no hook 'notify/pipe_oops'",
    ),
    "a name with control characters": (
        _renamed(b"opened\0decided", b"op\x1b[2J\0decided"),
        "cannot be printed",
    ),
    "a million instructions": (_function_size(8_000_000), "does not lie inside"),
    "no instructions": (_function_size(0), "has no instructions"),
    "half an instruction": (_function_size(12), "in the middle of an instruction"),
    "relocation outside": (_relocation(0, 1 << 32), "is for byte 4294967296"),
    "relocation of half": (_relocation(0, 4), "splits an instruction"),
    "relocation of no address": (_relocation(0, 0), "loads no address"),
    "no such symbol": (_relocation(8, 9999 << 32 | 1), "names symbol 9999"),
    "a symbol from elsewhere": (_relocation(8, 1), "is not in this file"),
    "type of relocation": (_relocation(8, 99), "not in this file|of type 99"),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_hostile_object_is_one_sentence(built: bytecode.Built, name: str) -> None:
    """It says what is wrong and where, and no image is made."""
    change, words = _HOSTILE[name]
    data = change(built.object)  # type: ignore[operator]
    assert data != built.object
    with pytest.raises(ImageError, match=words) as caught:
        object_file.to_image(data, "watch.o")
    assert str(caught.value).startswith("watch.o: ")
    assert str(caught.value).isprintable()


def test_a_long_program_is_refused_before_the_kernel_sees_it(tmp_path: Path) -> None:
    """The kernel takes 16,384 instructions; this has a million."""
    path = tmp_path / "long.c"
    path.write_text(
        "#include <minios/bpf.h>\n"
        'BPF_PROGRAM("test") long f(volatile char *m) {\n'
        + "*m = 1;" * 20_000
        + "return 0; }\n",
        "utf-8",
    )
    with pytest.raises(ImageError, match=r"'f' has 2000\d instructions"):
        bytecode.build(path)


@pytest.mark.parametrize("count", [500, pytest.param(2000, marks=pytest.mark.deep)])
def test_no_mutated_object_raises_anything_else(
    built: bytecode.Built, count: int
) -> None:
    """Seeded mutations: each becomes an image, or one sentence."""
    chance = random.Random(291)  # noqa: S311 - repeatable
    numbers = (b"\xff\xff\xff\xff", b"\0\0\0\x80", bytes(4), b"\x01\0\0\0")
    made, said = 0, []
    for _ in range(count):
        data = bytearray(built.object)
        for _ in range(chance.choice((1, 1, 2, 8))):
            at = chance.randrange(len(data) - 4)
            if chance.random() < 0.5:
                data[at] = chance.randrange(256)
            else:
                data[at : at + 4] = chance.choice(numbers)
        if chance.random() < 0.05:
            del data[chance.randrange(len(data)) :]
        try:
            image.unpack(object_file.to_image(bytes(data), "watch.o"))
            made += 1
        except ImageError as error:
            said.append(str(error))
    assert made > count // 20
    assert len(said) > count // 20
    assert all(it.isprintable() for it in said)
