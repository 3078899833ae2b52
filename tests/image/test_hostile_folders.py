"""The folder of a stranger's plugin is read with care, and so are prebuilt images."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from minios.errors import ImageError
from minios.image import elf, guest, host_limits, plugin_folder, plugins, symbols
from minios.image.recipe import ROOT
from tests.host.fifo import make_fifo

TEMPLATE: Final = (ROOT / "drivers/villain/plugin.toml").read_text("utf-8")
MANGLED: Final = 60


def _link_to(name: str, target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(folder.parent / target)


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    return write


def _many(count: int, suffix: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for number in range(count):
            (folder / f"part{number}{suffix}").touch()

    return write


def _manifest(key: str, value: str) -> Callable[[Path], None]:
    """With another value for a key of plugin.toml."""

    def write(folder: Path) -> None:
        lines = [it for it in TEMPLATE.splitlines() if not it.startswith(key)]
        text = "\n".join([f"{key} = {value}", *lines])
        (folder / "plugin.toml").write_text(text, "utf-8")

    return write


def _pipe(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        make_fifo(folder / name)

    return make


posix = pytest.mark.posix
FOLDERS = [
    pytest.param(
        _link_to("secret.h", "outside.h"), "symbolic link", marks=posix, id="link out"
    ),
    pytest.param(
        _link_to("secret.c", "bad"), "symbolic link", marks=posix, id="link inwards"
    ),
    pytest.param(_link_to("all", ""), "symbolic link", marks=posix, id="link to all"),
    pytest.param(_pipe("wait.c"), "not a regular file", marks=posix, id="pipe"),
    pytest.param(
        _pipe("plugin.toml"), "not a regular file", marks=posix, id="manifest is a pipe"
    ),
    pytest.param(
        _write("big.c", b" " * (plugin_folder.MOST_BYTES + 1)),
        "262145 bytes; at most 262144",
        id="enormous file",
    ),
    pytest.param(
        _write("plugin.toml", b" " * (plugin_folder.MOST_BYTES + 1)),
        "at most 262144",
        id="enormous manifest",
    ),
    pytest.param(
        lambda folder: [
            _write(f"{it}.h", b" " * (plugin_folder.MOST_BYTES - 1))(folder)
            for it in "abc"
        ],
        "C files and headers of more than 512 KiB",
        id="large files",
    ),
    pytest.param(
        _write("plugin.toml", b"a.a.a.a.a.a = 1\n" * 2000),
        "longer than 16 KiB",
        id="long manifest",
    ),
    pytest.param(_many(65, ".h"), "more than 64 C files", id="many sources"),
    pytest.param(_many(501, ".txt"), "more than 500 files", id="many files"),
    pytest.param(
        _write("a\x1b[2Jb.c", b""),
        r"a\\x1b\[2Jb\.c: the name of the file",
        marks=posix,
        id="name with control characters",
    ),
    pytest.param(_write("a b.c", b""), "cannot be used", id="name with a blank"),
    pytest.param(_write('a".h', b""), "cannot be used", marks=posix, id="quote"),
    pytest.param(_write("latin.c", b"\xe9"), "not UTF-8 text", id="no UTF-8"),
    pytest.param(_write("nul.c", b"\0"), r"character \\x00 in line 1", id="NUL"),
    pytest.param(_write("extra.S", b"nop\n"), "assembly files are not", id="assembly"),
    pytest.param(_write("extra.s", b"nop\n"), "assembly files are not", id="asm"),
    pytest.param(_manifest("flags", '"-I/etc"'), "there is no key `flags`", id="-I"),
    pytest.param(_manifest("name", '"a\\u001bb"'), r"'a\\x1bb' cannot", id="bad name"),
    pytest.param(
        _manifest("version", '"\\u001b[2J"'), "cannot be printed", id="bad version"
    ),
    pytest.param(_manifest("events", '["\\u001b[2J"]'), r"'\\x1b\[2J'", id="bad event"),
    pytest.param(_manifest("x", "[" * 10_000), "nested too deeply", id="deep manifest"),
]


@pytest.mark.parametrize(("prepare", "words"), FOLDERS)
def test_a_hostile_folder_is_refused_in_a_line(
    tmp_path: Path, prepare: Callable[[Path], None], words: str
) -> None:
    """Before anything of it is compiled, and without what a terminal would obey."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (tmp_path / "outside.h").write_text("int outside;\n", "utf-8")
    (folder / "plugin.toml").write_text(TEMPLATE, "utf-8")
    (folder / "bad.c").write_text("#include <minios/plugin.h>\n", "utf-8")
    prepare(folder)

    with pytest.raises(ImageError, match=words) as refused:
        plugins.build(folder)

    assert str(refused.value).isprintable()
    assert "outside;" not in str(refused.value)


def test_what_is_no_source_is_not_read(tmp_path: Path) -> None:
    """Other files, hidden folders and other plugins do not belong to the plugin."""
    folder = tmp_path / "villain"
    shutil.copytree(ROOT / "drivers/villain", folder)
    expected = plugin_folder.read(folder)
    _write("notes.txt", b"\0\0")(folder)
    _write(".venv/lib/x.c", b"no C")(folder)
    _write("other/plugin.toml", b"")(folder)
    _write("other/other.c", b"no C")(folder)

    assert plugin_folder.read(folder) == expected


@pytest.mark.posix
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("while :; do :; done", "more than 2 seconds of the processor"),
        ("exec yes > file", "more than 4 MiB"),
        ("cat", ""),
    ],
)
def test_a_tool_beyond_its_limits_is_ended(
    tmp_path: Path, script: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot wait for input, run for ever, or fill the disk."""
    monkeypatch.setitem(host_limits._LIMITS, "t", 1)
    command = ["/bin/sh", "-c", script]
    if not words:
        assert (
            host_limits.run(command, folder=tmp_path, scratch=tmp_path, what="") == ""
        )
        return

    with pytest.raises(ImageError, match=words):
        host_limits.run(command, folder=tmp_path, scratch=tmp_path, what="compiling x")


@pytest.mark.posix
def test_a_tool_sees_no_variables_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CPATH would add a folder of headers."""
    monkeypatch.setenv("CPATH", "/secret")

    shown = host_limits.run(["env"], folder=tmp_path, scratch=tmp_path, what="env")

    names = {line.split("=")[0] for line in shown.splitlines()}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {"TMPDIR", "TEMP", "TMP"}


@pytest.mark.parametrize("name", ["drivers/villain.sys", "extensions/villain.ext"])
def test_a_mangled_image_is_read_or_refused(name: str) -> None:
    """A prebuilt plugin may hold anything: its symbols and lines are read with care."""
    good = (ROOT / guest.GUEST / name).read_bytes()
    rng = random.Random(name)  # noqa: S311 - the same images in every run
    refused = 0
    for _ in range(MANGLED):
        data = bytearray(good[: rng.choice([len(good), rng.randrange(len(good))])])
        for _ in range(rng.choice([1, rng.randrange(1, 20)])):
            at = rng.randrange(rng.choice([64, len(data)]) or 1) % len(data)
            data[at] = rng.randrange(256)
        try:
            image = elf.parse(bytes(data), Path("bad.sys"))
            symbols.Symbols(image.path, bytes(data)).files()
        except ImageError:
            refused += 1
    assert 0 < refused < MANGLED
