"""`minios bpf compile` and `minios bpf check`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.running import minios

_GOOD = """\
#include <minios/bpf.h>
BPF_MAP struct bpf_map counts = {
    .kind = BPF_MAP_ARRAY, .key_size = 4, .value_size = 8, .entries = 4};
BPF_PROGRAM("notify/pipe_open") long opened(const struct event *event)
{
    uint32_t key = 0;
    uint64_t *count = bpf_map_lookup_elem(&counts, &key);
    if (count == NULL) {
        return 0;
    }
    *count += event->pipe.open_count;
    return 0;
}
"""
_CHECK = "    if (count == NULL) {\n        return 0;\n    }\n"
_BAD = _GOOD.replace(_CHECK, "")
_USE = 1 + _BAD[: _BAD.index("*count +=")].count("\n")


def _write(folder: Path, text: str) -> str:
    path = folder / "count.c"
    path.write_text(text, "utf-8")
    return str(path)


def test_compile_writes_an_image_beside_the_source(tmp_path: Path) -> None:
    """And `check` takes the source, and the image."""
    source = _write(tmp_path, _GOOD)
    done = minios("bpf", "compile", source)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "count.bpf").read_bytes().startswith(b"BPFI")
    assert minios("bpf", "check", str(tmp_path / "count.bpf")).returncode == 0


def test_check_names_the_line_of_a_refusal(tmp_path: Path) -> None:
    """The same program without the test for NULL, one line apart."""
    done = minios("bpf", "check", _write(tmp_path, _BAD))
    assert done.returncode == 1
    assert f"count.c:{_USE}" in done.stdout
    assert "compare it with 0 first" in done.stdout
    assert "refused (UNSAFE)" in done.stdout


def test_check_as_json_has_the_verdict_and_the_reason(tmp_path: Path) -> None:
    """For a program that asks, not a person."""
    done = minios("bpf", "check", _write(tmp_path, _BAD), "--json")
    facts = json.loads(done.stdout)
    assert done.returncode == 1
    assert (facts["accepted"], facts["error"]) == (False, "UNSAFE")
    assert facts["reason"] == facts["log"][-1]
    assert facts["visits"] > 0


def test_check_verbose_shows_the_state_before_each_instruction(
    tmp_path: Path,
) -> None:
    """More lines than there are instructions."""
    source = _write(tmp_path, _GOOD)
    brief = minios("bpf", "check", source).stdout.splitlines()
    long = minios("bpf", "check", source, "--verbose").stdout.splitlines()
    assert len(long) > len(brief) + 10
    assert any("R1=event" in it for it in long)


def test_a_file_of_another_kind_is_one_sentence(tmp_path: Path) -> None:
    """Damaged images are refused by the kernel, damaged objects before."""
    path = tmp_path / "x.o"
    path.write_bytes(b"\x7fELF but no more")
    done = minios("bpf", "check", str(path))
    assert done.returncode != 0
    assert "cut short" in done.stderr
    done = minios("bpf", "compile", str(tmp_path / "missing.c"))
    assert done.returncode != 0
    assert "missing.c" in done.stderr


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    """A slip in the name of the output must not cost the source."""
    source = _write(tmp_path, _GOOD)
    done = minios("bpf", "compile", source, "-o", source)
    assert done.returncode != 0
    assert Path(source).read_text("utf-8") == _GOOD
