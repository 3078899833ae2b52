"""One file with parameters is several scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.scenarios.model import Scenario
from minios.testing.scenarios.parameters import choose
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
        ("[1, 2]", "[1, '1']", ":2:1: two combinations are called 'windows-1'. Write"),
    ],
    ids=[
        "no such name",
        "a wrong value",
        "no value",
        "no list",
        "lists",
        "too many",
        "twice the same",
    ],
)
def test_a_mistake_with_parameters_is_told(old: str, new: str, said: str) -> None:
    """At the line where it stands."""
    with pytest.raises(ScenarioFileError) as raised:
        scenarios(TEXT.replace(old, new))

    assert said in str(raised.value)


def test_the_text_of_a_step_has_the_values() -> None:
    """What a report shows is what was run; other braces stay as they are."""
    text = TEXT.replace("echo {world}", "echo {world} ${seed}")
    text += "advance = '{seed}'\n# {other}\n"
    text = text.replace(
        "advance = '{seed}'", "[[steps]]\npress = 'F8'\ntimes = '{seed}'"
    )

    found = scenarios(text)[3]

    assert [it.text for it in found.steps] == [
        '[[steps]]\nconsole = "echo macos $2"',
        "[[steps]]\npress = 'F8'\ntimes = 2\n# {other}",
    ]


def test_one_combination_can_be_chosen() -> None:
    """By the name that pytest and `minios run` show."""
    assert choose(scenarios(TEXT), "macos-1").title == "macos with seed 1"
    assert choose(scenarios(TEXT)[:1], None).title == "windows with seed 1"


@pytest.mark.parametrize(
    ("text", "variant", "said"),
    [
        (
            TEXT,
            None,
            (
                "its parameters make 4 scenarios of it. "
                "Choose one with --variant: windows-1, windows-2, macos-1, macos-2"
            ),
        ),
        (
            TEXT,
            "macos2",
            "its parameters have no combination 'macos2'. Did you mean macos-2?",
        ),
        (
            TEXT.replace('"{world}', '"macos').replace("{world}", "x"),
            "3",
            (
                "its parameters have no combination '3'. "
                "Choose one of: macos-1, macos-2, windows-1, windows-2"
            ),
        ),
        (
            TEXT.replace("[1, 2]", f"{list(range(13))}"),
            "?",
            "its parameters have no combination '?'. Choose one of: "
            + "".join(f"windows-{n}, " for n in range(12))
            + "...",
        ),
        (
            'title = "x"\n[machines.macos]\n[[steps]]\nreset = true\n',
            "macos",
            "it has no parameters to choose from. Leave out --variant",
        ),
    ],
    ids=["none chosen", "nearly", "others", "many", "no parameters"],
)
def test_what_can_be_chosen_is_told(text: str, variant: str | None, said: str) -> None:
    """Nothing is chosen silently."""
    with pytest.raises(ScenarioFileError) as raised:
        choose(scenarios(text), variant)

    assert str(raised.value) == f"a.scenario.toml: {said}"


def test_each_combination_is_a_test(pytester: pytest.Pytester) -> None:
    """With its values in its name, so that one can be chosen."""
    (pytester.path / "a.scenario.toml").write_text(TEXT)

    done = pytester.runpytest_inprocess("-v", "-k", "macos-2")

    done.assert_outcomes(passed=1, deselected=3)
    done.stdout.fnmatch_lines([r"a.scenario.toml::a?macos-2? PASSED*"])
