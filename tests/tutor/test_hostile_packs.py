"""A pack of a stranger is installed as a whole, or refused in one sentence.

After a refusal nothing is left: no file of the pack, and no change of an older one.
"""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
from pathlib import Path
from typing import Final

import pytest

from minios import host_files
from minios.errors import MiniosError
from minios.tutor import installing, pack_files, packs
from tests.host.fifo import make_fifo
from tests.tutor import small

LESSON: Final = "01_one/lesson.toml"
README: Final = "01_one/README.md"
GERMAN: Final = "01_one/README.de.md"
TASK: Final = '\n[[tasks]]\nname = "more"\nask = "b"\nhints = ["c", "d"]\n'


def info(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    """An entry of a zip, with the mode of Unix."""
    entry = zipfile.ZipInfo("x")
    entry.filename = entry.orig_filename = name
    entry.external_attr = mode << 16
    return entry


def zipped(changed: dict[str, str | bytes] | None = None) -> bytes:
    """The small pack as a zip, with some files changed or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**small.files(), **(changed or {})}.items():
            archive.writestr(name, data)
    return target.getvalue()


def with_entry(entry: zipfile.ZipInfo, data: bytes = b"") -> bytes:
    """The small pack as a zip, with one more entry."""
    target = io.BytesIO(zipped())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(entry, data)
    return target.getvalue()


def refused(path: Path, data: Path) -> str:
    """The sentence with which a pack is refused."""
    before = listing(data)
    with pytest.raises(MiniosError) as caught:
        installing.install(path, data)
    assert listing(data) == before, "a refused pack has left something behind"
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert "minios-pack-" not in sentence, "it names a place that is gone"
    return sentence


def listing(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {
        str(it.relative_to(folder)): it.read_bytes() if it.is_file() else b""
        for it in folder.rglob("*")
        if not it.is_fifo()
    }


def refused_zip(contents: bytes, folder: Path) -> str:
    """The sentence with which a zip is refused."""
    path = folder / "pack.zip"
    path.write_bytes(contents)
    return refused(path, folder / "data")


# ---- Names.

BAD_NAMES: Final = {
    "..": "../evil.md",
    ".. within": "01_one/../../evil.md",
    ".. at the end": "01_one/..",
    ".": "./evil.md",
    "absolute": "/evil.md",
    "two slashes": "01_one//evil.md",
    "a drive": "C:/evil.md",
    "a drive without slash": "C:evil.md",
    "a share": "//server/share/evil.md",
    "backslashes": "..\\evil.md",
    "a NUL": "evil.md\0.exe",
    "an escape": "a\x1b[2J.md",
    "a new line": "a\nb.md",
    "a bidi mark": "a\u202edm.exe.md",
    "a space": "a b.md",
    "a space at the end": "a.md ",
    "a dot at the end": "a.md.",
    "another alphabet": "\u0430.md",
    "a decomposed letter": "a\u0301.md",
    "a stream": "a.md:evil",
    "a wildcard": "*.md",
    "an option": "-rf.md",
    "a home": "~/a.md",
    "nothing": "",
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_name_that_means_something_elsewhere_is_refused(
    name: str, tmp_path: Path
) -> None:
    """Only letters, digits, and . _ - can be in names."""
    told = refused_zip(with_entry(info(name), b"evil"), tmp_path)

    assert "Use only letters, digits, and . _ - in names" in told
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    "name", ["con.md", "01_one/NUL", "aux.toml", "COM1.md", "lpt9.txt.md", "prn/a.md"]
)
def test_a_name_of_a_device_is_refused(name: str, tmp_path: Path) -> None:
    """On Windows the file would never be one."""
    told = refused_zip(with_entry(info(name), b"evil"), tmp_path)

    assert "Windows takes the name for a device" in told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a" * 70 + ".md", "more than 64 characters"),
        ("a/b/c/d/e/f/g.md", "more than 6 parts"),
        ("PACK.toml", "too much like 'pack.toml'"),
        ("01_ONE/a.md", "too much like '01_one'"),
        ("pack.toml/a.md", "there twice"),
        ("01_one/README.md/a.md", "there twice"),
    ],
)
def test_a_name_that_some_host_cannot_keep_is_refused(
    name: str, told: str, tmp_path: Path
) -> None:
    """Too long, too deep, or the same as another one for a host without capitals."""
    contents = with_entry(info(name), b"evil")

    assert told in refused_zip(contents, tmp_path)


def test_a_name_is_there_once(tmp_path: Path) -> None:
    """A second file of its name, and a folder of it, in whichever order they come."""
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = with_entry(info("pack.toml"), b"evil")
    assert "there twice" in refused_zip(twice, tmp_path)
    for files in (("a.md/b.md", "a.md"), ("a.md", "a.md/b.md"), ("a.md", "a.md/")):
        contents = zipped(dict.fromkeys(files, ""))
        assert "there twice" in refused_zip(contents, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "evil.py",
        "01_one/checks/check.py",
        "conftest.py",
        "a.pyc",
        "a.so",
        "a.exe",
        "a.sh",
        "a.zip",
        "a.TOML",
        "a.S",
        "a.md.py",
        "Makefile",
        "a.img",
        "a.jsonl",
        "a.yaml",
    ],
)
def test_only_text_sources_and_content_files_are_taken(
    name: str, tmp_path: Path
) -> None:
    """Nothing that the host would execute or unpack is among them."""
    told = refused_zip(zipped({name: b"evil"}), tmp_path)

    assert "a pack does not hold files of this kind" in told
    assert ".toml, .md, .c, .h, .txt and .sys" in told


@pytest.mark.parametrize(
    "name", [".git/config", ".DS_Store", "__MACOSX/x.md", "01_one/.x", "__MACOSX/._x"]
)
def test_what_hosts_add_by_themselves_is_left_out(name: str, tmp_path: Path) -> None:
    """It is neither an error nor installed."""
    path = tmp_path / "pack.zip"
    path.write_bytes(zipped({name: b"\xff"}))

    pack = installing.install(path, tmp_path / "data")

    assert not list(pack.folder.rglob("*" + name.rpartition("/")[2]))


# ---- What is in the zip.

KINDS: Final = {
    "link": stat.S_IFLNK,
    "pipe": stat.S_IFIFO,
    "device": stat.S_IFCHR,
    "disk": stat.S_IFBLK,
    "socket": stat.S_IFSOCK,
    "folder": stat.S_IFDIR,
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_link_or_a_special_file_is_refused(kind: int, tmp_path: Path) -> None:
    """Whatever it would be, it is no file."""
    contents = with_entry(info("a.md", kind | 0o777), b"/etc/passwd")

    assert "this is a link or a special file" in refused_zip(contents, tmp_path)


def test_a_folder_that_is_a_link_or_has_contents_is_refused(tmp_path: Path) -> None:
    """Its name ends in a slash."""
    for entry, data in (
        (info("a/", stat.S_IFLNK | 0o777), b""),
        (info("a/", stat.S_IFREG | 0o777), b""),
        (info("a/", 0), b"evil"),
    ):
        contents = with_entry(entry, data)
        assert "this is a link or a special file" in refused_zip(contents, tmp_path)


def patched(offset: int, value: bytes, data: bytes | None = None) -> bytes:
    """A zip of which a field in each entry of its directory is changed."""
    contents = bytearray(data or zipped())
    at = contents.find(b"PK\x01\x02")
    while at >= 0:
        contents[at + offset : at + offset + len(value)] = value
        at = contents.find(b"PK\x01\x02", at + 4)
    return bytes(contents)


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        (patched(8, struct.pack("<H", 1)), "the file is encrypted"),
        (patched(10, struct.pack("<H", 12)), "compressed in an unusual way"),
        (patched(10, struct.pack("<H", 99)), "compressed in an unusual way"),
        (patched(6, struct.pack("<H", 99)), "the zip cannot be read"),
        (patched(8, struct.pack("<H", 0x20)), "the zip cannot be read"),
        (patched(24, struct.pack("<L", 0xFFFFFF00)), "more than 1024 KiB"),
        (patched(24, struct.pack("<L", 3)), "the zip cannot be read"),
        (patched(16, struct.pack("<L", 3)), "the zip cannot be read"),
        (patched(42, struct.pack("<L", 0x7FFFFFFF)), "the zip cannot be read"),
        (patched(46, b"q"), "the zip cannot be read"),
        (zipped()[:-30], "the zip cannot be read"),
        (zipped()[40:], "the zip cannot be read"),
        (b"", "the zip cannot be read"),
        (b"PK\x05\x06" + bytes(18), "there is no pack.toml"),
        (b"\x1f\x8b" + bytes(100), "the zip cannot be read"),
    ],
)
def test_a_zip_that_lies_is_refused(contents: bytes, told: str, tmp_path: Path) -> None:
    """About its methods, its sizes, its checksums and its names."""
    assert told in refused_zip(contents, tmp_path)


def test_many_damaged_zips_are_refused_or_installed_whole(tmp_path: Path) -> None:
    """Nothing but a sentence comes out, and nothing is left."""
    rng = random.Random(19)  # noqa: S311 - chooses bytes
    good = zipped()
    for number in range(150):
        contents = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            contents[rng.randrange(len(contents))] = rng.randrange(256)
        path = tmp_path / "pack.zip"
        path.write_bytes(contents)
        data = tmp_path / str(number)
        told = ""
        try:
            installing.install(path, data)
        except MiniosError as error:
            told = str(error)
        assert told.isprintable()
        assert bool(listing(data)) == (not told)


# ---- Sizes.


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A MiB of spaces becomes a KiB."""
    told = refused_zip(zipped({"a.md": b" " * (1 << 20)}), tmp_path)

    assert "becomes more than 100 times as large" in told


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    """As it stands, and however well it hides its size."""
    noise = random.Random(1).randbytes((1 << 20) + 1)  # noqa: S311 - only noise

    assert "more than 1024 KiB" in refused_zip(zipped({"a.sys": noise}), tmp_path)
    folder = small.write(tmp_path / "pack")
    (folder / "a.sys").write_bytes(noise)
    assert "at most 1048576 are read" in refused(folder, tmp_path / "data")


def test_many_large_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real bytes are counted, not those that the zip tells of."""
    monkeypatch.setattr(pack_files, "MOST_BYTES", 2 << 20)
    noise = random.Random(1).randbytes(900 << 10)  # noqa: S311 - only noise
    files: dict[str, str | bytes] = {f"{name}.sys": noise for name in "abc"}

    assert "the pack has more than 2 MiB" in refused_zip(zipped(files), tmp_path)


@pytest.mark.parametrize("name", ["{}.md", "{}/", ".{}"])
def test_many_files_are_refused(name: str, tmp_path: Path) -> None:
    """Folders count, too, and what is left out."""
    files: dict[str, str | bytes] = {name.format(it): "" for it in range(2001)}

    assert "more than 1000 files" in refused_zip(zipped(files), tmp_path)


def test_a_zip_with_many_entries_is_not_even_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of all of them would fill the memory."""
    contents = zipped({f"{it}.md": "" for it in range(2001)})
    monkeypatch.setattr(zipfile, "ZipFile", None)

    assert "more than 1000 files" in refused_zip(contents, tmp_path)


def test_a_large_zip_is_not_even_read(tmp_path: Path) -> None:
    """A file with holes costs its maker nothing."""
    path = tmp_path / "pack.zip"
    with path.open("wb") as file:
        file.truncate(1 << 40)

    assert "at most 8388608 are read" in refused(path, tmp_path / "data")


def test_an_archive_in_the_pack_is_no_part_of_it(tmp_path: Path) -> None:
    """A zip under another name is a text that cannot be read."""
    told = refused_zip(zipped({"a.md": zipped()}), tmp_path)

    assert "a.md" in told
    assert "UTF-8" in told or "cannot be printed" in told


# ---- A folder.


@pytest.mark.posix
def test_a_folder_with_a_link_or_a_pipe_is_refused(tmp_path: Path) -> None:
    """A link could lead to any file of the person who installs it."""
    for target in ("/etc/passwd", str(tmp_path), "nowhere", None):
        folder = small.write(tmp_path / f"pack {len(listing(tmp_path))}")
        path = folder / "01_one" / "a.md"
        if target is None:
            make_fifo(path)
        else:
            path.symlink_to(target)
        told = refused(folder, tmp_path / "data")
        assert "this is a link or a special file" in told


def test_a_folder_with_a_name_that_differs_elsewhere_is_refused(tmp_path: Path) -> None:
    """It would be another pack on another host."""
    folder = small.write(tmp_path / "pack")
    (folder / "a b.md").write_text("x", encoding="utf-8")

    assert "the name cannot be used" in refused(folder, tmp_path / "data")


def test_the_root_of_a_disk_is_refused_soon(tmp_path: Path) -> None:
    """No more is looked at than a pack may have."""
    folder = tmp_path / "much"
    for number in range(2001):
        (folder / str(number)).mkdir(parents=True)

    assert "more than 1000 files" in refused(folder, tmp_path / "data")


@pytest.mark.parametrize("kind", ["nothing", "a text", "an empty folder"])
def test_what_is_no_pack_is_refused(kind: str, tmp_path: Path) -> None:
    """With what to give."""
    path = tmp_path / "given"
    if kind == "a text":
        path.write_text("a", encoding="utf-8")
    elif kind == "an empty folder":
        path.mkdir()

    told = refused(path, tmp_path / "data")

    assert "given" in told
    assert ". " in told


# ---- Texts.

EVIL: Final = {
    "an escape": "\x1b[2J",
    "a new window title": "\x9d0;a\x9c",
    "bidi": "\u202e",
    "bidi isolate": "\u2066",
    "a line separator": "\u2028",
    "an invisible letter": "\u200b",
    "a bell": "\a",
    "a return": "a\rb",
    "a byte order mark": "\ufeff",
}


@pytest.mark.parametrize(
    "name", ["pack.toml", LESSON, README, GERMAN, "01_one/start/a.c", "FACTS.md"]
)
@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_a_text_that_a_terminal_obeys_is_refused(
    name: str, evil: str, tmp_path: Path
) -> None:
    """In the tables, in the prose of each language, and in C sources."""
    before = small.files().get(name, "")
    sign = "# " if name.endswith("toml") else ""
    told = refused_zip(zipped({name: f"{before}\n{sign}{evil}x\n"}), tmp_path)

    assert "cannot be printed" in told
    assert f"pack.zip/{name}:" in told


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("pack.toml", "Small lessons", "\\u001b[2J"),
        ("pack.toml", "Small lessons", "\\u202E"),
        (LESSON, "One answer", "\\U0000009b"),
        (LESSON, "It is 0.", "\\b"),
        (LESSON, "machines.windows", 'machines."\\u001b"'),
        (LESSON, "where processes run", "\\u200b"),
    ],
)
def test_an_escape_that_toml_spells_is_refused(
    name: str, old: str, new: str, tmp_path: Path
) -> None:
    """The file has no such character, but its value has."""
    text = small.files()[name]
    assert old in text
    told = refused_zip(zipped({name: text.replace(old, new)}), tmp_path)

    assert "cannot be printed" in told


HOSTILE: Final = {
    "tables within tables": (LESSON, "[" + "a." * 900 + "a]\n" + "b." * 900 + "b = 1"),
    "lists within lists": (LESSON, "a = " + "[\n" * 5000),
    "a long line": (LESSON, "a = '" + "a" * 3000 + "'"),
    "a large text": (README, "a \n" * 60000),
    "no UTF-8": (README, b"\xff\xfe"),
    "no TOML": ("01_one/mistakes/three.toml", "steps = ["),
    "a step that is none": ("01_one/mistakes/three.toml", "[[steps]]\nfly = true"),
    "a key that is none": (
        "01_one/mistakes/three.toml",
        '[[steps]]\npress = "any key"',
    ),
    "an event that is none": (
        "01_one/mistakes/three.toml",
        '[[steps]]\ngo_back = "nothing"',
    ),
    "HTML": (README, "<script>alert(1)</script>"),
    "a link that hides": (README, "[your bank](https://example.org)"),
    "a link to a file of the host": (README, "[a](../../../../etc/passwd)"),
    "a link without end": (README, f"[a]({'a' * 1500})"),
    "a link with a NUL": (README, "[a](a%00b)"),
    "a check outside": (LESSON, small.LESSON + TASK + 'work = "../../../etc/passwd"'),
    "a check that is none": (LESSON, small.LESSON + TASK + 'work = "README.md"'),
    "a check in a submission": (LESSON, small.LESSON + TASK + 'work = "submission/a"'),
    "a recording": (
        LESSON,
        small.LESSON.replace("windows]", 'windows]\nrecording = "README.md"'),
    ),
    "a disk that is none": (
        LESSON,
        small.LESSON.replace("windows]", 'windows]\ndisk = "README.md"'),
    ),
    "a disk of the host": (
        LESSON,
        small.LESSON.replace("windows]", 'windows]\ndisk = "/dev/zero"'),
    ),
    "a plugin of its own": (
        LESSON,
        small.LESSON.replace("windows]", 'windows]\nplugins = ["start"]'),
    ),
    "content outside": (
        LESSON,
        small.LESSON.replace("windows]", 'windows]\ncontent = "../../a.sys"'),
    ),
    "a second line in a title": (
        LESSON,
        small.LESSON.replace("One answer", "One\\nTwo"),
    ),
    "an act that is none": (LESSON, small.LESSON.replace("It is 0.", "{format}")),
    "the name of ours": ("pack.toml", small.PACK.replace('"small"', '"minios"')),
    "almost the name of ours": (
        "pack.toml",
        small.PACK.replace('"small"', '"minios\\n"'),
    ),
    "a name with a path": ("pack.toml", small.PACK.replace('"small"', '"../a"')),
    "the name of a device": ("pack.toml", small.PACK.replace('"small"', '"con"')),
    "a key of its own": ("pack.toml", small.PACK + 'run = "sh"\n'),
}


@pytest.mark.parametrize(("name", "text"), HOSTILE.values(), ids=HOSTILE)
def test_what_a_lesson_cannot_mean_is_refused(
    name: str, text: str | bytes, tmp_path: Path
) -> None:
    """In one sentence, and nothing is left."""
    refused_zip(zipped({name: text}), tmp_path)


def test_a_pack_without_lessons_is_refused(tmp_path: Path) -> None:
    """It would be a title without anything."""
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pack.toml", small.PACK)

    assert "the pack has no lesson" in refused(path, tmp_path / "data")


# ---- One pack and another.


def test_an_installed_pack_is_replaced_only_if_that_is_said(tmp_path: Path) -> None:
    """A stranger's pack could have the name of the teacher's."""
    data = tmp_path / "data"
    installing.install(small.write(tmp_path / "one"), data)
    other = small.write(tmp_path / "two", {README: "# Another\n"})

    assert "a pack 'small' is installed" in refused(other, data)
    pack = installing.install(other, data, replace=True)

    assert pack.lessons[0].text == "# Another\n"
    assert [it.name for it in (data / "packs").iterdir()] == ["small"]


def test_a_pack_that_cannot_be_put_in_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full while the new one is written."""
    data = tmp_path / "data"
    installing.install(small.write(tmp_path / "one"), data)
    before = listing(data)
    other = small.write(tmp_path / "two", {README: "# Another\n"})
    write = Path.write_bytes

    def full(path: Path, contents: bytes) -> int:
        if data in path.parents and path.name == "README.md":
            raise OSError(28, "No space left on device")
        return write(path, contents)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MiniosError, match="No space left on device"):
        installing.install(other, data, replace=True)

    assert listing(data) == before


def test_a_copy_that_was_left_half_way_is_no_pack(tmp_path: Path) -> None:
    """The computer was switched off while it was written."""
    small.write(tmp_path / "packs" / ".minios-1-1")

    assert packs.installed(tmp_path) == ()


@pytest.mark.parametrize("name", ["..", "small/..", "", ".", "other", "/", "SMALL"])
def test_only_an_installed_pack_is_removed(name: str, tmp_path: Path) -> None:
    """The name is looked for among the packs, and is never a path."""
    installing.install(small.write(tmp_path / "one"), tmp_path / "data")
    before = listing(tmp_path)

    with pytest.raises(MiniosError, match="no pack"):
        installing.remove(name, tmp_path / "data")
    assert listing(tmp_path) == before


def test_a_removed_pack_is_gone_and_the_learners_files_stay(tmp_path: Path) -> None:
    """They are not the pack's."""
    installing.install(small.write(tmp_path / "one"), tmp_path)
    mine = tmp_path / "lessons" / "small" / "mine.c"
    mine.parent.mkdir(parents=True)
    mine.write_text("x", encoding="utf-8")

    installing.remove("small", tmp_path)

    assert packs.installed(tmp_path) == ()
    assert mine.exists()
    assert not list((tmp_path / "packs").iterdir())


def test_a_pack_that_cannot_be_read_can_be_removed(tmp_path: Path) -> None:
    """Somebody has broken its files after it was installed."""
    folder = tmp_path / "packs" / "broken"
    folder.mkdir(parents=True)
    (folder / "pack.toml").write_text("?", encoding="utf-8")
    installing.remove("broken", tmp_path)

    assert not folder.exists()


def test_a_refused_folder_is_named_as_it_was_given(tmp_path: Path) -> None:
    """The copy in which the mistake was found is gone by then."""
    folder = small.write(tmp_path / "pack", {README: "a <b>c</b>"})

    told = refused(folder, tmp_path / "data")

    assert told.startswith(f"{folder / README}:1: ")


def test_a_new_folder_is_there_at_once_or_not_at_all(tmp_path: Path) -> None:
    """Nobody finds it half filled."""
    path = tmp_path / "a" / "folder"

    with host_files.new_folder(path, MiniosError) as new:
        (new / "x").write_text("1", encoding="utf-8")
        assert not path.exists()
    assert listing(tmp_path / "a") == {"folder": b"", "folder/x": b"1"}

    with (
        pytest.raises(KeyError),
        host_files.new_folder(path, MiniosError),
    ):
        raise KeyError
    assert listing(tmp_path / "a") == {"folder": b"", "folder/x": b"1"}
