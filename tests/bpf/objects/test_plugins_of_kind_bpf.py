"""A plugin folder with kinds = ["bpf"]: how it is built and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.abi.plugins import Kind
from minios.bpf import image
from minios.errors import ImageError
from minios.image import plugins
from tests.commands.running import minios

_MANIFEST = """\
name = "watch"
version = "1.0"
license = "MIT"
description = "counts pipes"
kinds = [{kinds}]
"""
_PROGRAM = """\
#include <minios/bpf.h>
BPF_PROGRAM("notify/pipe_open") long opened(const struct event *event)
{
    return event->pipe.open_count;
}
"""
_PLUGIN = """\
#include <minios/plugin.h>
static int start(void) { return 0; }
const struct plugin plugin = {.name = "watch", .start = start};
"""


def _folder(tmp_path: Path, kinds: str, **files: str) -> Path:
    folder = tmp_path / "watch"
    folder.mkdir()
    (folder / "plugin.toml").write_text(_MANIFEST.format(kinds=kinds), "utf-8")
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return folder


def test_the_image_lies_where_the_guest_looks_for_it(tmp_path: Path) -> None:
    """Its programs are those of NAME.bpf.c."""
    built = plugins.build(_folder(tmp_path, '"bpf"', watch__bpf__c=_PROGRAM))
    made = built.image(Kind.BPF)
    assert made is not None
    assert (made.name, made.on_disk) == ("watch.bpf", "SYSTEM/BPF/WATCH.BPF")
    (program,) = image.unpack(made.bare).programs
    assert program.name == "opened"


def test_one_folder_can_hold_a_driver_and_ebpf_programs(tmp_path: Path) -> None:
    """Each is built from its own files: the driver has nothing of the other's."""
    folder = _folder(
        tmp_path, '"driver", "bpf"', watch__bpf__c=_PROGRAM, watch__c=_PLUGIN
    )
    built = plugins.build(folder)
    assert [it.kind for it in built.images] == [Kind.DRIVER, Kind.BPF]


@pytest.mark.parametrize("name", ["watch__c", "other__bpf__c"])
def test_another_file_name_is_refused(tmp_path: Path, name: str) -> None:
    """There is no linker for eBPF, so all is in one file with a known name."""
    folder = _folder(tmp_path, '"bpf"', **{name: _PROGRAM})
    with pytest.raises(ImageError, match=r"one file watch\.bpf\.c"):
        plugins.build(folder)


def test_a_program_cannot_read_files_of_the_host(tmp_path: Path) -> None:
    """What holds for the other kinds holds here: the folder and the SDK, no more."""
    text = _PROGRAM + 'const char secret[] = {\n#embed "/etc/hostname"\n};\n'
    folder = _folder(tmp_path, '"driver", "bpf"', watch__bpf__c=text, watch__c=_PLUGIN)
    with pytest.raises(ImageError, match="embed"):
        plugins.build(folder)


def test_pragmas_of_the_ebpf_file_are_checked_too(tmp_path: Path) -> None:
    """Not only those of the file for the other ring."""
    text = _PROGRAM + '#pragma comment(lib, "x")\n'
    folder = _folder(tmp_path, '"driver", "bpf"', watch__bpf__c=text, watch__c=_PLUGIN)
    with pytest.raises(ImageError, match="pragma"):
        plugins.build(folder)


def test_plugin_build_says_what_it_has_made(tmp_path: Path) -> None:
    """Programs, instructions and maps: there is no section to measure."""
    folder = _folder(tmp_path, '"bpf"', watch__bpf__c=_PROGRAM)
    done = minios("plugin", "build", str(folder), "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "built watch.bpf: 1 eBPF program with 2 instructions" in done.stdout
    assert (tmp_path / "out/watch.bpf").read_bytes().startswith(b"BPFI")
