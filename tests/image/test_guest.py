"""The guest is built from its sources: all of it, only what changed, and the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from minios.errors import ImageError
from minios.image import elf, guest
from minios.image.recipe import ROOT
from tests.image.conftest import make_tree

EXTENSIONS = {"extensions/runtime.o", "extensions/toy.ext"}
PROGRAMS = {"bin/sum", "bin/theft"}
IMAGES = ("kernel.elf", "drivers/toy.sys", *PROGRAMS, *EXTENSIONS)
ON_DISK = (
    "BIN/SUM",
    "BIN/THEFT",
    "SYSTEM/DRIVERS/TOY.SYS",
    "SYSTEM/EXTENS/TOY.EXT",
    "SYSTEM/KERNEL.MAP",
    "SYSTEM/SERVICES.INI",
)


def files_of(root: Path) -> dict[str, bytes]:
    """Everything below the guest folder of a tree."""
    folder = root / guest.GUEST
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that must be in the file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_guest_of_this_checkout_is_up_to_date() -> None:
    """What the other tests boot was built from the sources that stand here."""
    old = [image.name for image in guest.stale()]

    assert not old, f"run `minios dev build`: {old} older than their sources"


def test_a_tree_gives_every_image_and_a_disk(built: Path) -> None:
    """Kernel, programs, driver, extension; of the kernel, its map is on the disk.

    The index of the kernel's data is beside the kernel.
    A folder is one program, however many files it has. Of the crimes each file is one.
    """
    names = set(files_of(built))

    on_disk = {f"disk/{name}" for name in ON_DISK}
    assert names == {*IMAGES, *on_disk, "kernel.layouts", "build.json"}


def test_building_in_another_folder_gives_the_same_bytes(
    built: Path, tmp_path: Path
) -> None:
    """No folder, date or order of compilation finds its way into an image."""
    other = make_tree(tmp_path / "somewhere" / "else")

    guest.build(other)

    assert files_of(other) == files_of(built)


def test_no_image_names_a_folder_of_this_machine(built: Path) -> None:
    """Debug information speaks of the source tree alone."""
    folders = [str(built).encode(), str(Path.home()).encode(), b"site-packages"]

    for name, content in files_of(built).items():
        assert not [folder for folder in folders if folder in content], name


def test_an_unchanged_tree_is_not_built_again(tree: Path) -> None:
    """The second build has nothing to do, and touches no image."""
    assert set(guest.build(tree)) == set(IMAGES)
    before = (tree / guest.GUEST / "kernel.elf").stat().st_mtime_ns

    assert guest.build(tree) == ()
    assert (tree / guest.GUEST / "kernel.elf").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        ("minios/kernel/main.c", {"kernel.elf"}),
        ("minios/kernel/kernel.ld", {"kernel.elf"}),
        ("minios/user/libc/add.h", PROGRAMS | EXTENSIONS),
        ("minios/user/crt0.S", PROGRAMS | EXTENSIONS),
        ("minios/user/programs/sum/two.c", {"bin/sum"}),
        ("minios/user/programs/sum/two.h", {"bin/sum"}),
        ("minios/user/programs/crimes/theft.c", {"bin/theft"}),
        ("minios/user/programs/crimes/crime.h", {"bin/theft"}),
        ("minios/user/extension/extension.c", EXTENSIONS),
        ("drivers/toy/toy.c", {"drivers/toy.sys", "extensions/toy.ext"}),
        ("minios/abi/include/minios/abi.h", set(IMAGES)),
        ("minios/image/toolchain.py", set(IMAGES)),
    ],
)
def test_a_change_makes_stale_what_depends_on_it(
    built_tree: Path, name: str, stale: set[str]
) -> None:
    """And nothing else. What counts is the content of a file, not its date."""
    (built_tree / name).touch()
    assert guest.stale(built_tree) == ()

    (built_tree / name).write_bytes((built_tree / name).read_bytes() + b"\n")

    assert {image.name for image in guest.stale(built_tree)} == stale


def test_an_image_without_a_source_disappears(built_tree: Path) -> None:
    """A program that was deleted would still be on the next disk."""
    shutil.rmtree(built_tree / "minios/user/programs/sum")

    guest.build(built_tree)

    assert not [name for name in files_of(built_tree) if name.lower().endswith("sum")]


def test_a_broken_source_is_reported_and_the_old_image_stays(built_tree: Path) -> None:
    """The message is the compiler's, with file and line; no image is half built."""
    before = files_of(built_tree)
    change(built_tree / "minios/kernel/main.c", "return counter;", "return countre;")

    with pytest.raises(ImageError, match=r"main\.c:8:12: error: .*countre"):
        guest.build(built_tree)

    assert files_of(built_tree) == before


def test_a_warning_stops_the_build(tree: Path) -> None:
    """An unused variable is an error, as -Wall -Wextra -Werror has it."""
    change(tree / "drivers/toy/toy.c", "return 0;", "int unused; return 0;")

    with pytest.raises(ImageError, match="unused"):
        guest.build(tree)


def test_a_plugin_sees_the_sdk_and_nothing_else(tree: Path) -> None:
    """Neither the kernel's headers nor the libc's can be included by a plugin."""
    source = tree / "drivers/toy/toy.c"
    source.write_text("#include <add.h>\n" + source.read_text("utf-8"), "utf-8")

    with pytest.raises(ImageError, match=r"add\.h' file not found"):
        guest.build(tree)


def test_a_program_without_a_folder_is_told_where_to_go(tree: Path) -> None:
    """It would be a part of no program, and missing on the disk without a word."""
    (tree / "minios/user/programs/alone.c").write_text("int main(void) { return 0; }")

    with pytest.raises(ImageError, match=r"alone\.c: .* Move the file to .*/alone/"):
        guest.build(tree)


def test_only_builds_what_was_asked_for(tree: Path) -> None:
    """A half-written kernel does not keep anybody from building programs."""
    change(tree / "minios/kernel/main.c", "return counter;", "")

    assert guest.build(tree, only="bin/") == ("bin/theft", "bin/sum")


def test_the_disk_gets_no_debug_information(built: Path) -> None:
    """A stripped driver keeps its code, its symbols and its relocations."""
    whole = built / guest.GUEST / "drivers/toy.sys"
    bare = built / guest.GUEST / "disk/SYSTEM/DRIVERS/TOY.SYS"

    assert b".debug_line" in whole.read_bytes()
    assert b".debug_" not in bare.read_bytes()
    assert b".rela.text" in bare.read_bytes()
    assert elf.read(bare).section(".text") == elf.read(whole).section(".text")
    assert elf.read(bare).symbols == elf.read(whole).symbols


def test_a_plugin_without_a_source_is_refused(tree: Path) -> None:
    """Before the linker could complain of nothing to link."""
    (tree / "drivers/toy/toy.c").unlink()

    with pytest.raises(ImageError, match=r"toy: the folder has no C source"):
        guest.build(tree)


def test_the_interpreter_is_the_same_bytes_in_both_rings() -> None:
    """The instruction that faults in ring 0 is the very one that faults in ring 3."""
    driver = elf.read(ROOT / guest.GUEST / "drivers/sentinel.sys")
    extension = elf.read(ROOT / guest.GUEST / "extensions/sentinel.ext")

    code = driver.code("interpreter_matches")

    assert code
    assert code == extension.code("interpreter_matches")


def test_a_missing_compiler_is_explained(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed minios has no compiler; the message says how to get it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(ImageError, match=r"minios\[plugins\]"):
        guest.build(tree)
