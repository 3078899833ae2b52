"""One file with parameters is several scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.scenarios.model import Scenario
from minios.testing.scenarios.reading import parse

TEXT = """\
title = "{world} with seed {seed}"
[parameters]
world = ["windows", "macos"]
seed = [1, 2]
[machines.it]
world = "{world}"
seed = "{seed}"
[[steps]]
console = "echo {world}"
"""


def scenarios(text: str) -> tuple[Scenario, ...]:
    """What a file with this text holds."""
    return parse(text, Path("a.scenario.toml"))


def test_each_combination_is_a_scenario() -> None:
    """In the order of the file; a whole text takes the type of the value."""
    found = scenarios(TEXT)

    assert [(it.variant, it.title) for it in found] == [
        ("windows-1", "windows with seed 1"),
        ("windows-2", "windows with seed 2"),
        ("macos-1", "macos with seed 1"),
        ("macos-2", "macos with seed 2"),
    ]
    assert [it.machines["it"].seed for it in found] == [1, 2, 1, 2]
    assert "console='echo macos'" in repr(found[3].steps[0].step)


def test_braces_mean_nothing_without_parameters() -> None:
    """A shell or a title may have them."""
    text = TEXT.replace(
        '[parameters]\nworld = ["windows", "macos"]\nseed = [1, 2]\n', ""
    )
    text = text.replace('world = "{world}"\nseed = "{seed}"', 'world = "macos"')

    (found,) = scenarios(text)

    assert (found.variant, found.title) == ("", "{world} with seed {seed}")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("echo {world}", "echo {wrold}", ":9:1: there is no parameter 'wrold'. Did"),
        ('"macos"]', '"macso"]', ":6:1: there is no world 'macso'. Did you mean macos"),
        ("[1, 2]", "[]", ":4:1: seed must be"),
        ("[1, 2]", "3", ":4:1: seed must be a list, not a whole number"),
        ("[1, 2]", "[1, [2]]", ":4:12: element 2 must be"),
        ("[1, 2]", f"{list(range(40))}", "there are more than 64 combinations"),
    ],
    ids=["no such name", "a wrong value", "no value", "no list", "lists", "too many"],
)
def test_a_mistake_with_parameters_is_told(old: str, new: str, said: str) -> None:
    """At the line where it stands."""
    with pytest.raises(ScenarioFileError) as raised:
        scenarios(TEXT.replace(old, new))

    assert said in str(raised.value)


def test_each_combination_is_a_test(pytester: pytest.Pytester) -> None:
    """With its values in its name, so that one can be chosen."""
    (pytester.path / "a.scenario.toml").write_text(TEXT)

    done = pytester.runpytest_inprocess("-v", "-k", "macos-2")

    done.assert_outcomes(passed=1, deselected=3)
    done.stdout.fnmatch_lines([r"a.scenario.toml::a?macos-2? PASSED*"])
