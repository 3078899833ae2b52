"""`minios plugin`: a plugin of one's own, anywhere, and mistakes that are explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import cli
from minios.image import reference
from minios.lab import Bugcheck, Death, Happened, Lab, events, seconds
from tests.commands.running import minios


@pytest.fixture
def pipes(tmp_path: Path) -> Path:
    """A new plugin, in a folder whose path has a blank and a letter beyond ASCII."""
    folder = tmp_path / "my hömework" / "pipes"
    assert cli.main(["plugin", "new", "pipes", "--kind", "both", str(folder)]) == 0
    return folder


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that must be in the file."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_new_plugin_is_built_and_is_good(
    pipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it is written, for both rings, with nothing to complain of."""
    assert cli.main(["plugin", "check", str(pipes)]) == 0

    out = capsys.readouterr().out
    assert "good: pipes.sys for ring 0" in out
    assert "good: pipes.ext for ring 3" in out
    assert "wrong" not in out
    assert "note" not in out
    assert "on windows: pipes reports opens: 3" in out
    assert "on macos: pipes reports opens: 3" in out
    assert "1 passed, 0 failed" in out


def test_a_new_plugin_of_ebpf_programs_is_verified_and_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its scenario runs in the model linux, and its programs pass the verifier."""
    folder = tmp_path / "mine"
    assert cli.main(["plugin", "new", "mine", "--kind", "bpf", str(folder)]) == 0
    assert cli.main(["plugin", "check", str(folder)]) == 0

    out = capsys.readouterr().out
    assert "good: mine.bpf" in out
    assert "1 passed, 0 failed" in out


def test_what_its_page_proposes_is_refused_by_the_verifier(tmp_path: Path) -> None:
    """Without the comparison with NULL the look-up may have found nothing."""
    folder = tmp_path / "mine"
    cli.main(["plugin", "new", "mine", "--kind", "bpf", str(folder)])
    source = folder / "mine.bpf.c"
    change(source, "if (count == NULL) {", "if (process_id == 0) {")

    done = minios("bpf", "check", str(source))
    assert done.returncode == 1
    assert "R0 may be 0: compare it with 0 first" in done.stdout
    assert "| *count += 1;" in done.stdout


@pytest.mark.parametrize(("world", "ring"), [("windows", 0), ("macos", 3)])
def test_a_new_plugin_counts_in_either_ring(pipes: Path, world: str, ring: int) -> None:
    """The example does what its scenario waits for."""
    with Lab(model=world, plugins=[pipes]) as lab:
        lab.boot()
        found = lab.run_until(Happened(events.ValueReported), within=seconds(5))

    assert (found.plugin, found.ring) == ("pipes", ring)


@pytest.mark.parametrize(
    ("world", "kind"),
    [("windows", events.BugcheckEvent), ("macos", events.DeathEvent)],
)
def test_the_mistake_that_its_page_proposes_is_one(
    pipes: Path, world: str, kind: type[events.Event]
) -> None:
    """The compiler leaves the division where it is, and the CPU refuses it."""
    lines = (pipes / "README.md").read_text("utf-8").splitlines()
    proposed = "\n".join(it for it in lines if "zero;" in it or "/ zero" in it)
    head = "static void pipes_event(const struct event *event)\n{\n"
    change(pipes / "pipes.c", head, f"{head}{proposed}\n")

    with Lab(model=world, plugins=[pipes]) as lab:
        lab.boot()
        crash = lab.run_until(Bugcheck() | Death(), within=seconds(5))

    assert (type(crash), crash.vector) == (kind, 0)
    assert crash.function == "pipes_event"


def test_a_failed_scenario_makes_a_plugin_wrong(
    pipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It compiles, but does not do what its scenario says."""
    change(pipes / "pipes.c", 'value("opens"', 'value("closes"')

    assert cli.main(["plugin", "check", str(pipes)]) == 1

    out = capsys.readouterr().out
    assert "good: pipes.sys" in out
    assert "0 passed, 1 failed" in out


def test_a_new_plugin_can_be_built_into_a_folder(pipes: Path, tmp_path: Path) -> None:
    """The images are those that go onto the guest's disk."""
    out = tmp_path / "out"

    assert cli.main(["plugin", "build", str(pipes), "--output", str(out)]) == 0

    assert sorted(it.name for it in out.iterdir()) == ["pipes.ext", "pipes.sys"]
    assert not {it.name for it in pipes.iterdir()} & {"out", "drivers", "disk"}


def test_the_reference_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The page that is in the wheel."""
    assert cli.main(["plugin", "reference"]) == 0

    assert capsys.readouterr().out == reference.page_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pipes"], "the folder exists already"),
        (["sentinel"], "minios has a plugin 'sentinel' already"),
        (["Pipes"], "in lower case"),
        (["muchtoolong"], "one to eight characters"),
        (["../pipes"], "cannot be a file name"),
        (["pi\x1bpes"], r"name 'pi\x1bpes' cannot"),
        (["other", "pipes/plugin.toml/x"], "the plugin cannot be written"),
    ],
)
def test_what_cannot_be_new_is_refused_in_a_line(
    pipes: Path,
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And nothing that exists is changed."""
    monkeypatch.chdir(pipes.parent)
    before = {path.name: path.read_bytes() for path in pipes.iterdir()}

    assert cli.main(["plugin", "new", *words]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert {path.name: path.read_bytes() for path in pipes.iterdir()} == before


MISTAKES = {
    "no plugin object": (
        ("pipes.c", "plugin plugin =", "plugin my_plugin ="),
        "it has no plugin object. Define the object that minios looks for",
    ),
    "wrong signature": (
        ("pipes.c", "_event(const struct event *event)", "_event(struct event *event)"),
        "pipes.c:28:14: error: incompatible function pointer types",
    ),
    "misspelt event": (
        ("plugin.toml", '"PIPE_OPEN"', '"PIPE_OPNE"'),
        "plugin.toml: events: there is no such name as 'PIPE_OPNE'. Did you mean PIPE_",
    ),
    "misspelt event in C": (
        ("pipes.c", "EVENT_PIPE_OPEN", "EVENT_PIPE_OPNE"),
        "Did you mean EVENT_PIPE_OPEN?",
    ),
    "misspelt right": (
        ("plugin.toml", '"REPORT"', '"REPROT"'),
        "plugin.toml: rights: there is no such name as 'REPROT'. Did you mean REPORT?",
    ),
    "misspelt kind": (
        ("plugin.toml", '"driver"', '"drivr"'),
        "Did you mean driver? Choose from driver, extension",
    ),
    "unknown key": (
        ("plugin.toml", "events =", 'flags = "-I/etc"\nevents ='),
        "there is no key `flags`. Choose from name, version, license",
    ),
    "number with a fraction": (
        ("pipes.c", "++opens", "(uint64_t)((double)++opens * 1.5)"),
        "Use whole numbers: float and double need registers",
    ),
    "result not used": (
        ("pipes.c", "return plugin_subscribe(", "plugin_subscribe("),
        "Use the result: a negative number is an error",
    ),
    "printf": (
        ("pipes.c", "plugin_log(", "printf("),
        "use plugin_log of <minios/plugin.h>, not printf",
    ),
    "malloc": (
        ("pipes.c", "++opens", "++opens + (uint64_t)malloc(1)"),
        "use plugin_allocate of <minios/plugin.h>, not malloc",
    ),
    "standard header": (
        ("pipes.c", "#include", "#include <stdio.h>\n#include"),
        "pipes.c:2:10: fatal error: 'stdio.h' file not found",
    ),
    "missing semicolon": (
        ("pipes.c", "plugin_ring());", "plugin_ring())"),
        "pipes.c:10:50: error: expected ';' after expression",
    ),
    "name too long": (
        ("plugin.toml", 'name = "pipes"', 'name = "pipe_counter"'),
        "Use one to eight characters",
    ),
    "another name in C": (
        ("pipes.c", '.name = "pipes"', '.name = "pipe"'),
        "pipes.c:26: .name is 'pipe', but plugin.toml says 'pipes'. Write: .name =",
    ),
    "another name than the folder": (
        ("plugin.toml", 'name = "pipes"', 'name = "other"'),
        "note: the folder is called 'pipes', but the plugin 'other'",
    ),
    "no right": (
        ("plugin.toml", '"EVENTS", ', ""),
        'which needs the right EVENTS. Write: rights = ["REPORT", "EVENTS"]',
    ),
    "no events": (
        ("plugin.toml", '["PIPE_CREATE", "PIPE_OPEN"]', "[]"),
        "pipes.c:12 calls plugin_subscribe, but no event is allowed",
    ),
}


def test_a_warning_is_shown_once_and_refuses_nothing(
    pipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A parameter that is not used yet costs a beginner no plugin, in neither ring."""
    change(pipes / "pipes.c", "event->type == EVENT_PIPE_CREATE", "opens == 0")
    (pipes / "pipes.scenario.toml").unlink()
    capsys.readouterr()

    assert cli.main(["plugin", "check", str(pipes)]) == 0
    said = capsys.readouterr()
    assert said.out.count("good: pipes.") == 2
    assert said.err.count("pipes.c:16:45: warning: unused parameter 'event'") == 1


@pytest.mark.parametrize(("edit", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_typical_mistake_is_told_with_its_place_and_a_way_out(
    pipes: Path,
    edit: tuple[str, str, str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is told is about the student's files, and about no file of ours."""
    file, old, new = edit
    change(pipes / file, old, new)
    (pipes / "pipes.scenario.toml").unlink()
    capsys.readouterr()

    assert cli.main(["plugin", "check", str(pipes)]) == 1

    captured = capsys.readouterr()
    assert said in captured.out + captured.err
    assert "runtime" not in captured.err
    assert "minios-" not in captured.err


def test_a_missing_object_is_told_by_the_linker_of_ring_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which names files of ours: they are left out."""
    folder = tmp_path / "pipes"
    new = ["plugin", "new", "pipes", "--kind", "extension", str(folder)]
    assert cli.main(new) == 0
    change(folder / "pipes.c", "plugin plugin =", "plugin my_plugin =")

    assert cli.main(["plugin", "build", str(folder)]) == 1

    what, mistake, advice = capsys.readouterr().err.splitlines()
    assert what == "linking pipes.ext failed:"
    assert mistake == "ld.lld: error: undefined symbol: plugin"
    assert advice.startswith("Define the object that minios looks for: const struct")


@pytest.mark.parametrize("command", ["build", "check"])
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("nothere", "there is no such folder"),
        ("README.md", "it is no folder"),
        ("empty", "the folder has no plugin.toml"),
    ],
)
def test_what_is_no_plugin_is_refused_in_one_line(
    command: str,
    name: str,
    what: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As other commands refuse a file that is not there: nothing was looked at."""
    (tmp_path / "README.md").touch()
    (tmp_path / "empty").mkdir()

    assert cli.main(["plugin", command, str(tmp_path / name)]) == 2

    said = capsys.readouterr().err
    assert said.startswith("minios: ")
    assert f"{name}: {what}. Name the folder of a plugin" in said
    assert len(said.splitlines()) == 1


def test_a_folder_without_a_c_file_is_refused(
    pipes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what belongs there."""
    (pipes / "pipes.c").unlink()

    assert cli.main(["plugin", "build", str(pipes)]) == 1

    assert "the folder has no C source. Write a file" in capsys.readouterr().err


def test_a_missing_compiler_is_explained_with_one_command(
    pipes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An installed minios has no compiler."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    assert cli.main(["plugin", "build", str(pipes)]) == 1

    assert 'pip install "minios[plugins]"' in capsys.readouterr().err


@pytest.mark.posix
def test_a_plugin_that_cannot_be_written_to_is_built(pipes: Path) -> None:
    """The build leaves nothing in the folder."""
    before = sorted(pipes.iterdir())
    pipes.chmod(0o555)

    assert cli.main(["plugin", "build", str(pipes)]) == 0

    pipes.chmod(0o755)
    assert sorted(pipes.iterdir()) == before
