"""Files that a person names: nothing endless is read, and nothing is written by halves.

Each claim is made of the functions, and of every command that takes such a file.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios import cli, host_files
from minios.errors import ScenarioError
from tests.host.fifo import make_fifo

GOOD = "assets/content/channel-291-good.sys"
READERS = {
    "demo --disk": ("demo", "--disk", "{}"),
    "demo --content": ("demo", "--content", "{}"),
    "inspect": ("inspect", "{}"),
    "inspect --list": ("inspect", "{}", "--list"),
    "content compile": ("content", "compile", "{}", "-o", "{}.sys"),
    "content inspect": ("content", "inspect", "{}"),
    "content validate": ("content", "validate", "{}"),
    "content mutate": ("content", "mutate", "{}", "-o", "{}.sys", "--seed", "1"),
    "lab --replay": ("lab", "--plain", "--replay", "{}"),
}
WRITERS = {
    "content mutate": ("content", "mutate", GOOD, "--seed", "1", "-o", "{}"),
    "content compile": ("content", "compile", "{source}", "-o", "{}"),
    "lab --record": ("lab", "windows", "--plain", "--record", "{}"),
}


@pytest.fixture
def nobody_waits() -> Iterator[None]:
    """A command that waits for a pipe would wait for ever: end it with a traceback."""

    def complain(_number: int, _frame: object) -> None:
        raise AssertionError("it waits")

    if sys.platform != "win32":
        before = signal.signal(signal.SIGALRM, complain)
        signal.alarm(60)
        yield
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    else:
        yield


def special(folder: Path, kind: str) -> Path:
    """Something that is no file."""
    if kind in {"/dev/zero", "/dev/null"}:
        return Path(kind)
    path = folder / "special"
    if kind == "FIFO":
        make_fifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    return path


KINDS = (
    "directory",
    *(
        pytest.param(kind, marks=pytest.mark.posix)
        for kind in ("FIFO", "/dev/zero", "link to a device")
    ),
)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which a command says that it will not."""
    code = cli.main(arguments)
    complaint = capsys.readouterr().err
    assert (code, complaint.count("\n")) == (2, 1)
    return complaint


@pytest.mark.usefixtures("nobody_waits")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", READERS.values(), ids=READERS)
def test_no_command_reads_what_is_no_file(
    words: tuple[str, ...],
    kind: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It may never end, or never begin."""
    path = special(tmp_path, kind)

    complaint = refusal(capsys, *(word.format(path) for word in words))
    assert "is a directory" in complaint or "is not a regular file" in complaint


@pytest.mark.usefixtures("nobody_waits")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", WRITERS.values(), ids=WRITERS)
def test_no_command_writes_to_what_is_no_file(
    words: tuple[str, ...],
    kind: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody may be there to read it; and a device is not to be replaced."""
    source = tmp_path / "source.toml"
    source.write_text("channel = 291\nversion = 1\n", encoding="utf-8")
    path = special(tmp_path, kind)
    before = path.lstat().st_mode

    complaint = refusal(capsys, *(word.format(path, source=source) for word in words))
    assert "is a directory" in complaint or "is not a regular file" in complaint
    assert path.lstat().st_mode == before


@pytest.mark.posix
def test_a_disk_is_not_saved_over_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And that is said before the demonstration, not after it."""
    make_fifo(tmp_path / "macos.img")
    words = ("demo", "--model", "macos", "--save-disk", str(tmp_path))

    assert cli.main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "is not a regular file" in told.err


@pytest.mark.posix
@pytest.mark.parametrize("words", WRITERS.values(), ids=WRITERS)
def test_a_symbolic_link_is_not_followed(
    words: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it leads to may be somebody else's."""
    monkeypatch.setattr("builtins.input", lambda _: "0")
    source = tmp_path / "source.toml"
    source.write_text("channel = 291\nversion = 1\n", encoding="utf-8")
    precious, link = tmp_path / "precious", tmp_path / "link"
    precious.write_text("keep me", encoding="utf-8")
    link.symlink_to(precious)

    assert cli.main([word.format(link, source=source) for word in words]) == 0
    assert capsys.readouterr().err == ""
    assert precious.read_text(encoding="utf-8") == "keep me"
    assert not link.is_symlink()


@pytest.mark.posix
def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk that is full."""
    path = tmp_path / "windows.img"
    path.write_bytes(b"old")
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from minios import cli\n"
        "from minios.lab import disk_files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))\n"
        f"path = Path({str(path)!r})\n"
        "cli._dispatch = lambda _: disk_files.write_disk(path, bytes(1 << 20))\n"
        "sys.exit(cli.main([]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be written: File too large" in done.stderr
    assert [it.name for it in tmp_path.iterdir()] == ["windows.img"]
    assert path.read_bytes() == b"old"


@pytest.mark.posix
def test_a_file_keeps_its_rights_when_it_is_replaced(tmp_path: Path) -> None:
    """Only its contents are new."""
    path = tmp_path / "private"
    path.write_bytes(b"old")
    path.chmod(0o600)

    host_files.write(path, b"new", ScenarioError)

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_read_only_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows neither replaces such a file nor removes a copy. Root may write all."""
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(ScenarioError, match="is read-only"):
        host_files.write(path, b"new", ScenarioError)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_looking_for_room_changes_nothing(tmp_path: Path) -> None:
    """Neither what is there nor what is beside it."""
    path = tmp_path / "talk.jsonl"
    host_files.require_room(path, ScenarioError)
    assert list(tmp_path.iterdir()) == []

    path.write_bytes(b"old")
    host_files.require_room(path, ScenarioError)
    assert path.read_bytes() == b"old"


def test_a_file_that_grows_while_it_is_read_is_read_with_a_bound(
    tmp_path: Path,
) -> None:
    """Some files say that they are empty, and have no end."""
    path = tmp_path / "long"
    path.write_bytes(bytes(101))

    with pytest.raises(ScenarioError, match="has 101 bytes; at most 100 are read"):
        host_files.read(path, 100, ScenarioError)


@pytest.mark.parametrize("name", ["a" * 300, "null\0byte"])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    """In a sentence, whatever the host raises for it."""
    with pytest.raises(ScenarioError, match="cannot be read"):
        host_files.read(Path(name), 100, ScenarioError)
    with pytest.raises(ScenarioError, match="cannot be written"):
        host_files.write(Path(name), b"", ScenarioError)


def test_a_source_may_begin_with_a_byte_order_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some editors put one there, and nobody sees it."""
    path = tmp_path / "source.toml"
    path.write_text("channel = 291\nversion = 1\n", encoding="utf-8-sig")

    assert cli.main(["content", "compile", str(path)]) == 0
    assert "0 instances" in capsys.readouterr().out
