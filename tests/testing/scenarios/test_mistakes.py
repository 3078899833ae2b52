"""Mistakes in a scenario file: each is told with its line and with what to write."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minios import paths
from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.scenarios.reading import LARGEST, parse, read

HEAD = 'title = "x"\n[machines.windows]\n[[steps]]\n'
"""Three lines with nothing wrong: what follows is in line 4."""

MISTAKES = tomllib.loads(
    Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8")
)["mistake"]


def mistake(text: str) -> str:
    """What is said of a file, without its name."""
    with pytest.raises(ScenarioFileError) as raised:
        parse(text, Path("a.scenario.toml"))
    where, _, said = str(raised.value).partition("a.scenario.toml:")
    assert not where
    return said


@pytest.mark.parametrize("row", MISTAKES, ids=lambda it: it["name"])
def test_a_typical_mistake_is_told(row: dict[str, str]) -> None:
    """Its line and column, what is wrong, and the nearest word or an example."""
    text = row["file"] if "file" in row else HEAD + row["steps"]

    assert mistake(text) == row["said"]


@pytest.mark.parametrize("model", ["windows", "macos"])
def test_only_a_model_with_ebpf_has_ebpf_objects_as_services(model: str) -> None:
    """The disks are equal, but the lists of services are not."""
    text = """title = "x"
        [machines.%s]
        services = { "naive.bpf" = "disabled" }
        [[steps]]
        assert = { service = "naive.bpf", running = false }"""

    assert "there is no service 'naive.bpf'" in mistake(text % model)
    (scenario,) = parse(text % "linux", Path("a.scenario.toml"))
    assert list(scenario.machines) == ["linux"]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """With the line on which the wrong byte stands."""
    path = tmp_path / "a.scenario.toml"
    path.write_bytes(b'title = "x"\ndescription = "\xff"\n')

    with pytest.raises(ScenarioFileError) as raised:
        read(path)

    assert str(raised.value) == (
        f"{path}:2: the byte 0xff is not UTF-8. Save the file as UTF-8"
    )


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """Before any of it is read."""
    path = tmp_path / "a.scenario.toml"
    path.write_bytes(b"#" * (LARGEST + 1))

    with pytest.raises(ScenarioFileError, match=f"at most {LARGEST} are read"):
        read(path)


@pytest.mark.posix
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A scenario of a stranger must not read what it cannot name."""
    (tmp_path / "secret.toml").write_text("channel = 291\n")
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "link.toml").symlink_to(tmp_path / "secret.toml")

    with pytest.raises(ScenarioFileError, match="the path leaves the folder"):
        parse(HEAD + 'push = "link.toml"\n', folder / "a.scenario.toml")


EXAMPLE = (paths.ASSETS / "scenarios/bad-file.scenario.toml").read_text()


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 40), st.text(max_size=20))
def test_any_damage_is_told_or_means_something(at: int, cut: int, put: str) -> None:
    """Whatever somebody has written: a scenario, or one sentence with a line."""
    text = EXAMPLE[:at] + put + EXAMPLE[at + cut :]
    with suppress(ScenarioFileError):
        parse(text, Path("a.scenario.toml"))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 900,
        "a = " + "[\n" * 20_000,
        "a = " + "[" * 300 + "]" * 300,
        "a = " + "9" * 50_000,
        ".".join("a" * 20_000) + " = 1",
        "[" + ".".join("a" * 2_000) + "]",
        f"title = {'1' * 4000}",
        'title = "x"\n[machines.windows]\nseed = 123456789012345678901234567890\n',
        'title = "\\u0000"\n[machines.windows]\n[[steps]]\npush = "\\u0000.toml"\n',
        HEAD + 'advance = "999999999min"\n',
    ],
    ids=range(10),
)
def test_a_hostile_file_is_told(text: str) -> None:
    """Deep nesting, numbers of many digits, null bytes: a mistake like any other."""
    assert mistake(text)
