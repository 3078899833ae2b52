"""`minios bpf run|disasm`: a program runs in a machine; its bytes become text."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from minios.bpf import assembly, image
from minios.bpf.image import Map, Program
from tests.commands.running import Done, minios


def give(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put this on standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def run_plugin(monkeypatch: pytest.MonkeyPatch, text: str, *arguments: str) -> Done:
    """The runner of the conformance suite, with a program in text."""
    give(monkeypatch, assembly.assemble(text).hex(" ") + "\n")
    return minios("bpf", "run", "--plugin", *arguments)


def image_file(folder: Path, *programs: Program, maps: tuple[Map, ...] = ()) -> str:
    """An image in a file."""
    path = folder / "one.bpf"
    path.write_bytes(image.pack(programs, maps))
    return str(path)


def test_the_runner_prints_nothing_but_r0(monkeypatch: pytest.MonkeyPatch) -> None:
    """In hexadecimal, and ends with 0: the protocol of the public suite."""
    done = run_plugin(monkeypatch, "r0 = -2\nexit")

    assert (done.returncode, done.stdout, done.stderr) == (0, "fffffffffffffffe\n", "")


def test_the_memory_is_the_first_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs of digits; R1 points to them, and R2 says how many there are."""
    text = "r0 = *(u16 *)(r1 + 1)\nr0 += r2\nexit"

    done = run_plugin(monkeypatch, text, "--unverified", "01 02 03")

    assert done.stdout == f"{0x0302 + 3:x}\n"


def test_what_the_verifier_refuses_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And nothing is on standard output that could be taken for a value."""
    done = run_plugin(monkeypatch, "r0 = r7\nexit")

    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("minios: the program was refused: ")


def test_an_unverified_program_that_is_stopped_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says at which instruction, and why."""
    text = "r0 = 1\nr0 = *(u8 *)(r1 + 9)\nexit"

    done = run_plugin(monkeypatch, text, "0011", "--unverified")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "minios: the program was stopped: instruction 1: "
        "it has touched memory that is not its own\n"
    )


@pytest.mark.parametrize(
    ("typed", "arguments", "words"),
    [
        ("", (), "standard input: there is no program"),
        ("b7000", (), "'b7000' is not pairs of hexadecimal digits"),
        ("hello", (), "'hello' is not pairs of hexadecimal digits"),
        ("b700", (), "2 bytes are no whole number of instructions"),
        ("b7" * 8, ("xy",), "the memory: 'xy' is not pairs of hexadecimal digits"),
        (
            "b7" * 8,
            ("--memory", "00"),
            "with --plugin the memory is the first argument",
        ),
        ("00" * 8 * 70_000, (), "is too large"),
    ],
)
def test_a_mistake_in_what_is_given_is_one_sentence(
    typed: str, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is, what is wrong, and exit code 2."""
    give(monkeypatch, typed)

    done = minios("bpf", "run", "--plugin", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compile", "notes.md"], "this is no C source. Name the C file"),
        (["disasm", "notes.md"], "notes.md: this is no C source, no object file, no"),
        (["disasm", "-"], "standard input: there is no program"),
        (["disasm", "text"], "and no program: of 3 instructions 3 do not exist. Give"),
        (["disasm"], "no program is named. Name its file"),
        (["run"], "no program is named. Name its file"),
    ],
    ids=lambda it: it if isinstance(it, str) else " ".join(it),
)
def test_what_holds_no_program_is_refused_in_a_sentence(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to name in its place."""
    give(monkeypatch, "")
    monkeypatch.chdir(tmp_path)
    Path("notes.md").write_text("# Not C")
    Path("text").write_text("A text of 24 characters.")

    done = minios("bpf", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_image_is_run_from_its_file(tmp_path: Path) -> None:
    """With memory; the answer is a sentence for people."""
    code = assembly.assemble("r0 = *(u8 *)(r1 + 1)\nexit")
    path = image_file(tmp_path, Program("one", "test", code))

    done = minios("bpf", "run", path, "--memory", "0a0b", "--unverified")

    assert done.stdout == "r0 is 0xb after 2 instructions\n"
    assert done.returncode == 0


def test_a_program_with_a_hook_cannot_be_run_alone(tmp_path: Path) -> None:
    """It wants an event, and there is none."""
    code = assembly.assemble("r0 = 0\nexit")
    path = image_file(tmp_path, Program("one", "notify/pipe_open", code))

    done = minios("bpf", "run", path)

    assert done.returncode == 2
    assert "the program one has the hook notify/pipe_open, and only" in done.stderr


def test_of_two_programs_none_is_run(tmp_path: Path) -> None:
    """Then the hook is not the reason."""
    code = assembly.assemble("r0 = 0\nexit")
    pair = (Program("one", "test", code), Program("two", "test", code))

    done = minios("bpf", "run", image_file(tmp_path, *pair))

    assert done.returncode == 2
    assert "the image has 2 programs, and only one alone can be run" in done.stderr


def test_the_help_has_a_program_that_can_be_run(tmp_path: Path) -> None:
    """Its lines, pasted into a file, are what the example says."""
    text = minios("bpf", "--help").stdout
    lines = re.search(r"^  #include.*?^  \}$", text, re.DOTALL | re.MULTILINE)
    assert lines is not None
    path = tmp_path / "first.c"
    path.write_text(lines[0])

    done = minios("bpf", "run", str(path), "--memory", "aabb")

    assert done.stdout.startswith("r0 is 0xaa after")


@pytest.mark.parametrize("command", ["run", "disasm"])
def test_a_file_that_is_not_there_is_one_sentence(command: str, tmp_path: Path) -> None:
    """With its path."""
    done = minios("bpf", command, str(tmp_path / "none.bpf"))

    assert done.returncode == 2
    assert "none.bpf: the file" in done.stderr


def test_the_programs_and_maps_of_an_image_are_shown(tmp_path: Path) -> None:
    """What a reader needs: names, hooks, sizes, and every instruction."""
    code = assembly.assemble("r1 = map[0]\nr0 = 0\nexit")
    path = image_file(
        tmp_path,
        Program("watch", "notify/pipe_open", code),
        Program("guard", "decide/process_start", assembly.assemble("r0 = -1\nexit")),
        maps=(
            Map("seen", "HASH", 8, 4, 64),
            Map("word", "DATA", value_size=5, flags=1),
        ),
    )

    done = minios("bpf", "disasm", path)

    assert done.stdout.splitlines() == [
        "map 0: seen, hash, keys of 8 bytes, values of 4 bytes, entries: 64",
        "map 1: word, data, values of 5 bytes, entries: 1, read-only",
        "program watch, hook notify/pipe_open:",
        "    0: r1 = map[0]",
        "    2: r0 = 0",
        "    3: exit",
        "program guard, hook decide/process_start:",
        "    0: r0 = -1",
        "    1: exit",
    ]


def test_bare_bytes_are_shown_from_a_file_and_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same lines, whichever way they come."""
    code = assembly.assemble("if w1 s> -1 goto +1\nr0 = 5 ll\nexit")
    path = tmp_path / "code.bin"
    path.write_bytes(code)
    give(monkeypatch, code.hex())

    typed, stored = minios("bpf", "disasm", "-"), minios("bpf", "disasm", str(path))

    assert typed.stdout == stored.stdout
    assert typed.stdout.splitlines()[0] == (
        "    0: if w1 s> -1 goto +1                          to 2"
    )


def test_a_program_with_a_strange_instruction_is_shown(tmp_path: Path) -> None:
    """Most of it is one."""
    path = tmp_path / "code.bin"
    path.write_bytes(assembly.assemble("r0 = 0\n.8byte 0xff\nexit"))

    done = minios("bpf", "disasm", str(path))

    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        "r0",
        ".8byte",
        "exit",
    ]


def test_a_name_in_an_image_cannot_change_the_terminal(tmp_path: Path) -> None:
    """Control characters of a hostile image are shown as escapes."""
    code = assembly.assemble("exit")
    path = image_file(tmp_path, Program("a\x1b[2Jb", "test", code))

    done = minios("bpf", "disasm", path)

    assert "\x1b" not in done.stdout


def test_the_help_shows_only_forms_that_the_assembler_reads() -> None:
    """Each example of an instruction in `minios bpf disasm --help` is one."""
    text = minios("bpf", "disasm", "--help").stdout
    rows = [it for it in text.splitlines() if re.match(r"  (r1|lock|if|call|exit)", it)]
    forms = [form for row in rows for form in re.split(r"\s{3,}", row.strip())]
    shown = [
        form for form in forms if re.match(r"(r\d|w\d|\*|lock|if|goto|call|exit)", form)
    ]

    assert len(shown) >= 15
    for form in shown:
        assert len(assembly.assemble(form)) in (8, 16), form
