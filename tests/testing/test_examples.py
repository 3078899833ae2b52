"""The page of the whole vocabulary: its examples are run, and no word is missing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

import minios.lab
import minios.testing
from minios import paths
from minios.dev import excerpts
from minios.dev.excerpts import Page
from minios.errors import MiniosError
from minios.lab import Lab
from minios.session import recording
from minios.testing import (
    ContentMaker,
    Labs,
    Pair,
    PluginBuilder,
    Submission,
    marks,
    plugin,
)
from minios.testing.grading import assignment, reports
from minios.testing.scenarios import keys, model, reading
from minios.testing.scenarios.claims import CLAIMS
from minios.testing.scenarios.conditions import CONDITIONS
from minios.testing.scenarios.steps import VERBS
from tests.testing.grading.grading import Grade

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "minios/testing/README.md").read_text(encoding="utf-8")
EXAMPLES = Path(__file__).parent / "examples"
TABLES: tuple[type[msgspec.Struct], ...] = (
    *(model.Head, model.Machine, assignment.Assignment, assignment.Part),
    *(*VERBS.values(), *CONDITIONS.values(), *CLAIMS.values()),
)
PLUGIN = """
#include <minios/plugin.h>
static int start(void)
{
    BODY
    return 0;
}
const struct plugin plugin = {.name = "mine", .start = start};
"""
INSIDE = {
    *("address_of", "close", "disk", "forget", "give", "listen", "module_at", "of"),
    *("page_tables_of", "picture_of", "place_of", "process_names", "program_of"),
    *("record", "records", "release"),
    "refused_names",
    *("setup", "stamp", "stands_at", "at", "inputs", "machine", "is_closed"),
    *("disk_image", "boots"),
}
"""What a lab has for other rooms, and a scenario does not need."""


def of_tables() -> set[str]:
    """The keys of all tables of scenario files and assignments."""
    fields = {
        it.encode_name for table in TABLES for it in msgspec.structs.fields(table)
    }
    return fields - {"fields"}


def public(kind: type) -> set[str]:
    """What can be asked of an object."""
    return {name for name in dir(kind) if not name.startswith("_")}


WORDS = {
    *minios.lab.__all__,
    *minios.testing.__all__,
    *("lab", "windows", "macos", "pair", "content", "plugin_builder", "submission"),
    *marks.NAMES,
    *("--submission", "--minios-recordings", "parameters"),
    *(public(Lab) - INSIDE),
    *(public(Pair) - {"now", "worlds"}),
    *public(Submission),
    *(public(PluginBuilder) - {"find"}),
    *(public(Labs) - {"give_back", "over_budget", "of", "replayed"}),
    *of_tables(),
    *(it.value for it in assignment.Kind),
    *reports.FORMATS,
    *keys.KEYS,
}


@pytest.mark.parametrize("page", excerpts.PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_the_tests_run(page: Page) -> None:
    """Otherwise an example could go wrong without a sign."""
    assert page.is_fresh(), "run `minios dev gen`"


def test_every_block_of_code_is_cut_from_a_file() -> None:
    """None is written by hand."""
    assert TEXT.count("\n```python\n") + TEXT.count("\n```toml\n") == TEXT.count(
        "<!-- cut from "
    )


@pytest.mark.parametrize("word", sorted(WORDS))
def test_no_word_is_missing(word: str) -> None:
    """A word that is new in the lab or in a file comes with an example."""
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", TEXT)


def test_every_fixture_is_known() -> None:
    """The list of words above is complete."""
    made = {name for name, it in vars(plugin).items() if "FixtureFunction" in repr(it)}

    assert made <= WORDS


def rows(heading: str) -> list[tuple[str, str]]:
    """The rows of a table of mistakes: what is written, and what the message says."""
    _, below = TEXT.split(f"<!-- {heading} -->\n")
    table, _, _ = below.partition("\n\n")
    found = [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]
    return [(written, said) for written, said in found]


@pytest.mark.parametrize(("written", "said"), rows("mistakes in Python"))
def test_a_mistake_in_python_is_answered(
    written: str, said: str, lab: Labs, content: ContentMaker
) -> None:
    """By the message that the page promises."""
    names = {"windows": lab("windows"), "lab": lab, "content": content}
    names |= {name: getattr(minios.lab, name) for name in minios.lab.__all__}

    with pytest.raises(MiniosError) as refused:
        exec(written.strip("`"), names)  # noqa: S102 - from our own page

    assert said in str(refused.value)


@pytest.mark.parametrize(("written", "said"), rows("mistakes in TOML"))
def test_a_mistake_in_a_scenario_file_is_answered(
    written: str, said: str, tmp_path: Path
) -> None:
    """By the message that the page promises, after the place."""
    path = tmp_path / "mine.scenario.toml"
    step = written.strip("`").replace("` `", "\n")
    path.write_text(f'title = "x"\n[machines.windows]\n[[steps]]\n{step}\n')

    with pytest.raises(MiniosError) as refused:
        reading.read(path)

    assert re.search(
        rf"mine\.scenario\.toml:[45]:\d+: .*{re.escape(said)}", str(refused.value)
    )


@pytest.mark.parametrize(("written", "said"), rows("mistakes in C"))
def test_a_mistake_in_a_plugin_is_answered(
    written: str, said: str, plugin_builder: PluginBuilder
) -> None:
    """By the message that the page promises, after its place."""
    text = PLUGIN.replace("BODY", written.strip("`"))

    with pytest.raises(MiniosError) as refused:
        plugin_builder.from_text(text, kinds=["driver"], rights=["EVENTS"])

    assert "plugin.c:" in str(refused.value)
    assert said in str(refused.value)


def test_the_assignment_of_the_page_can_be_graded(
    tmp_path: Path, windows: Lab, grade: Grade
) -> None:
    """The counter that ships, with right answers, gets all points."""
    alice = tmp_path / "handed-in/alice"
    shutil.copytree(paths.DRIVERS / "counter", alice / "counter")
    answers = (EXAMPLES / "alice/answers.toml").read_text(encoding="utf-8")
    place = windows.address_of("sentinel.sys!interpreter_matches")
    (alice / "answers.toml").write_text(f'{answers}function = "{place:#x}"\n')
    windows.push("channel-291-latent")
    windows.run_for(minios.lab.seconds(1))
    recording.save(recording.of_labs([windows]), alice / "session.jsonl")

    words = ("--with", EXAMPLES / "week3", "--output", tmp_path / "grades")
    done = grade(alice.parent, *words)

    assert done.returncode == 0
    assert "Average score: 9 of 9." in done.stdout
