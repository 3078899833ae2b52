"""`minios bpf compile` and `minios bpf check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minios.bpf import assembly, image
from minios.lab import milliseconds
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
_TEST = """\
#include <minios/bpf.h>
BPF_PROGRAM("test") long sum(const void *memory, uint64_t size)
{
    return memory == NULL && size == 0 ? 7 : 8;
}
"""
_LONG = """\
#include <minios/bpf.h>
static volatile uint32_t turns;
BPF_PROGRAM("test") long count(const void *memory)
{
    for (uint32_t i = 0; i < 4000; i++) {
        turns = i;
    }
    return memory == NULL;
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


def test_the_line_of_source_stands_below_its_place(tmp_path: Path) -> None:
    """The file is there, so nobody has to open it to see the line."""
    lines = minios("bpf", "check", _write(tmp_path, _BAD)).stdout.splitlines()
    place = next(i for i, it in enumerate(lines) if it.endswith(f"count.c:{_USE}"))
    assert lines[place + 1] == (f"    {_USE} | *count += event->pipe.open_count;")


def test_an_image_cannot_have_files_of_the_host_shown(tmp_path: Path) -> None:
    """Its names of source files may be a stranger's: only those of minios are read."""
    secret = tmp_path / "secret.c"
    secret.write_text("the line that is not shown\n", "utf-8")
    line = image.SourceLine(0, str(secret), 1)
    code = assembly.assemble("r0 = r7\nexit")
    program = image.Program("one", "notify/pipe_open", code, lines=(line,))
    path = tmp_path / "one.bpf"
    path.write_bytes(image.pack([program]))
    done = minios("bpf", "check", str(path))
    assert "one: refused at instruction 0, " in done.stdout
    assert "the line that is not shown" not in done.stdout


def test_the_messages_of_the_compiler_keep_their_lines(tmp_path: Path) -> None:
    """A caret points at nothing if all is on one line."""
    source = _write(tmp_path, _GOOD.replace("uint32_t key = 0;", "uint32_t key = 0"))
    done = minios("bpf", "check", source)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert any("count.c:6:" in it and "expected ';'" in it for it in lines)
    assert any(it.strip(" |") == "^" or it.rstrip().endswith("^") for it in lines)


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("return event->sequence * 1.5;", "no floating point"),
        ("return (long)event->sequence / (long)event->time;", "--cpu v4"),
        ("return BPF_MAP_PERCPU_HASH;", "Its kinds of maps are BPF_MAP_HASH,"),
        ("return bpf_get_smp_processor_id();", "bpf_get_current_pid_tgid"),
    ],
)
def test_advice_of_the_compiler_that_does_not_fit_is_followed_by_ours(
    tmp_path: Path, statement: str, advice: str
) -> None:
    """It knows eBPF in general, and not what the machine here has."""
    source = _write(tmp_path, _GOOD.replace("return 0;\n}\n", statement + "\n}\n"))
    done = minios("bpf", "compile", source)
    assert done.returncode == 2
    assert advice in done.stderr.splitlines()[-1]


def test_a_hook_need_not_use_its_event(tmp_path: Path) -> None:
    """The kernel gives it one whether the program wants it or not."""
    source = _write(tmp_path, _GOOD.replace("event->pipe.open_count", "1"))
    done = minios("bpf", "compile", source)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("next: minios bpf check ")


def test_source_is_compiled_by_every_command(tmp_path: Path) -> None:
    """`run` and `disasm` take what `check` takes."""
    shown = minios("bpf", "disasm", _write(tmp_path, _GOOD))
    assert "program opened, hook notify/pipe_open:" in shown.stdout
    path = tmp_path / "sum.c"
    path.write_text(_TEST, "utf-8")
    assert minios("bpf", "run", str(path)).stdout.startswith("r0 is 0x7 after ")


@pytest.mark.parametrize("command", ["check", "compile", "run", "disasm"])
def test_a_file_that_is_missing_is_named_first(command: str) -> None:
    """And nothing is said of plugins: there is none."""
    done = minios("bpf", command, "nothere.c")
    assert done.returncode == 2
    assert done.stderr.startswith("minios: nothere.c: the file cannot be read: ")
    assert "plugin" not in done.stderr


def test_a_text_is_no_program(tmp_path: Path) -> None:
    """The host sees that; no machine has to be started to say it."""
    path = tmp_path / "README.md"
    path.write_text("# guard\n", "utf-8")
    done = minios("bpf", "check", str(path))
    assert done.returncode == 2
    assert f"{path}: this is no C source, no object file and no image" in done.stderr


def test_what_comes_next_is_said(tmp_path: Path) -> None:
    """A program that was accepted is still in no machine."""
    done = minios("bpf", "check", _write(tmp_path, _GOOD), "--plain")
    assert "minios plugin new mine --kind bpf" in done.stdout.splitlines()[-1]
    (tmp_path / "plugin.toml").write_text("", "utf-8")
    done = minios("bpf", "check", _write(tmp_path, _GOOD))
    assert done.stdout.splitlines()[-1] == (
        f"next: minios lab linux --plugin {tmp_path}"
    )


def test_the_image_of_a_plugins_file_has_its_name(tmp_path: Path) -> None:
    """`mine.bpf.c` is what a plugin's file is called, and `mine.bpf` its image."""
    path = tmp_path / "mine.bpf.c"
    path.write_text(_GOOD, "utf-8")
    assert minios("bpf", "compile", str(path)).returncode == 0
    assert (tmp_path / "mine.bpf").is_file()


def test_a_long_verification_says_that_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4,000 turns of a loop: the answer comes, but not within a tenth of a second."""
    monkeypatch.setattr("minios.lab.bpf._SOON", milliseconds(100))
    path = tmp_path / "sum.c"
    path.write_text(_LONG, "utf-8")
    done = minios("bpf", "check", str(path))
    assert done.stderr.startswith("minios: the verifier is still at work.")
    assert done.returncode == 0, done.stdout


def test_the_help_explains_the_log() -> None:
    """What stands in it is explained nowhere else."""
    shown = minios("bpf", "check", "--help").stdout
    for words in ("path: from 0, 8 to 14", "bits 0/7c", "looked at", "stack-16"):
        assert words in shown


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    """A slip in the name of the output must not cost the source."""
    source = _write(tmp_path, _GOOD)
    done = minios("bpf", "compile", source, "-o", source)
    assert done.returncode != 0
    assert Path(source).read_text("utf-8") == _GOOD
