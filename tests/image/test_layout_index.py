"""The index beside the kernel says what its debug information says, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from minios import paths
from minios.image import debug_info, guest, layout_index, layouts
from minios.image.c_types import Type, Unit


def twins(pairs: Iterable[tuple[Type, Type]]) -> Iterator[tuple[Type, Type]]:
    """Every pair of types to which these pairs lead by the same steps.

    The pairs on the left have one twin each: what was one type is still one type.
    """
    twin: dict[int, Type] = {}
    left = list(pairs)
    while left:
        one, other = left.pop()
        if id(one) in twin:
            assert twin[id(one)] is other
            continue
        twin[id(one)] = other
        yield one, other
        if one.target is not None and other.target is not None:
            left.append((one.target, other.target))
        fields = zip(one.fields.values(), other.fields.values(), strict=True)
        left += ((inner.type, same.type) for inner, same in fields)


def words(one: Type) -> tuple[object, ...]:
    """What a type says by itself."""
    members = [(name, it.offset) for name, it in one.fields.items()]
    is_alone = one.target is None
    return one.kind, one.name, one.size, one.count, is_alone, members, one.names


def test_the_index_of_the_kernel_says_what_its_debug_information_says() -> None:
    """Every variable and every structure of all source files, as deep as they go."""
    image = paths.KERNEL.read_bytes()
    read = debug_info.read(image, paths.KERNEL)
    kept = layout_index.read(paths.KERNEL, image)

    assert kept is not None
    assert list(kept) == list(read)
    pairs: list[tuple[Type, Type]] = []
    for path, unit in read.items():
        assert list(kept[path].structures) == list(unit.structures)
        pairs += zip(
            unit.structures.values(), kept[path].structures.values(), strict=True
        )
        assert list(kept[path].variables) == list(unit.variables)
        for name, it in unit.variables.items():
            same = kept[path].variables[name]
            assert (same.unit, same.name, same.address) == (path, name, it.address)
            pairs.append((it.type, same.type))
    assert [it for it in twins(pairs) if words(it[0]) != words(it[1])] == []


@pytest.fixture
def kernel(built: Path, tmp_path: Path) -> Path:
    """A kernel with its index, in a folder of its own."""
    path = tmp_path / "kernel.elf"
    for place in (path, layout_index.beside(path)):
        place.write_bytes((built / guest.GUEST / place.name).read_bytes())
    return path


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The images whose debug information was read."""
    found: list[Path] = []
    read = debug_info.read

    def noted(content: bytes, path: Path) -> dict[str, Unit]:
        found.append(path)
        return read(content, path)

    monkeypatch.setattr(debug_info, "read", noted)
    return found


def test_with_its_index_no_debug_information_is_read(
    kernel: Path, slow: list[Path]
) -> None:
    """This is what the index is for."""
    counter = layouts.load(kernel).variable("main.c", "counter")

    assert counter.type.name == "int"
    assert slow == []


def sealed(body: bytes, kernel: Path) -> bytes:
    """An index that says anything, and that belongs to this kernel."""
    return layout_index._seal(kernel.read_bytes(), body) + b"\n" + body


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda index, _: index[:-1], id="cut short"),
        pytest.param(lambda _index, _: b"", id="empty"),
        pytest.param(lambda index, _: index.replace(b"int", b"out"), id="changed"),
        pytest.param(lambda _, kernel: sealed(b"[]", kernel), id="another format"),
        pytest.param(lambda _, kernel: sealed(b"\xff{", kernel), id="no JSON"),
        pytest.param(
            lambda index, kernel: sealed(
                index.partition(b"\n")[2].replace(b",0]", b",999999]"), kernel
            ),
            id="types that it has not",
        ),
    ],
)
def test_a_bad_index_is_passed_over(
    kernel: Path, slow: list[Path], change: Callable[[bytes, Path], bytes]
) -> None:
    """The debug information is read, as if there were no index."""
    place = layout_index.beside(kernel)
    before = place.read_bytes()
    place.write_bytes(change(before, kernel))
    assert place.read_bytes() != before

    counter = layouts.load(kernel).variable("main.c", "counter")

    assert counter.type.name == "int"
    assert slow == [kernel]


def test_an_index_of_another_kernel_is_passed_over(
    kernel: Path, slow: list[Path]
) -> None:
    """A kernel of the same names, with one byte more."""
    kernel.write_bytes(kernel.read_bytes() + b"\0")

    assert layouts.load(kernel).variables()
    assert slow == [kernel]


def test_a_kernel_without_an_index_is_read(kernel: Path, slow: list[Path]) -> None:
    """Such as one that somebody has linked by hand."""
    layout_index.beside(kernel).unlink()

    assert layouts.load(kernel).variables()
    assert slow == [kernel]


def test_equal_types_of_several_files_are_kept_once() -> None:
    """Each source file has a type of its own for `int` and for `struct thread`."""
    kept = layouts.load(paths.KERNEL)

    thread = kept.structure("tasks/thread.c", "thread")

    assert kept.structure("tasks/process.c", "thread") is thread
    assert thread.fields["next"].type.target is thread
