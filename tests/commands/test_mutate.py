"""`minios dev mutate`: which changes it makes, and what it says became of them."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from minios import cli, paths
from minios.dev import mutant_trials, mutation_table
from minios.dev.mutant_trials import Fate, Outcome, Trials, stages_of
from minios.dev.mutants import Mutant, find
from minios.dev.mutate import mutants_of, sample, score
from minios.dev.mutation_table import AREAS, EQUIVALENT

ROOT = paths.checkout()
PYTHON = '''"""Words with 1 < 2 in them."""

LIMIT: int = 7


def f(self, left: "1 < 2") -> None:
    """More: not 3."""
    assert left != 4
    if left < LIMIT and not self.done:
        self.done = True
        self.tell(f"{left + 1}")
    raise ValueError("a" + "b")
'''
C = """// 1 < 2
#include <minios/3.h>
#define SHIFT (1UL << 4)
_Static_assert(sizeof(int) == 5, "6 < 7");

static uint64_t f(struct run *run)
{
    uint64_t found = run->pages;
    if (!run->is_used && found >= 0x10) {
        return false;
    }
    __asm__ volatile("cli" : : : "memory");
    run->in_use |= found;
    tell(run, "1 + 1",
         found);
    return found;
}
"""
ASSEMBLY = """# a comment
    .globl entry
entry:
    pushq %rax              // with words
1:  jmp 1b
    movq %rsp, %rdi
"""


def words_of(name: str, text: str) -> list[str]:
    """What the mutants of a file do, in the order of the text."""
    return [f"{it.line}: {it.words}" for it in find(name, text)]


def test_python_is_changed_where_it_does_something() -> None:
    """Not in texts, annotations and assertions."""
    assert words_of("a.py", PYTHON) == [
        "3: `7` becomes `8`",
        (
            "9: `left < LIMIT and not self.done` becomes "
            "`(not (left < LIMIT and not self.done))`"
        ),
        "9: `<` becomes `<=`",
        "9: `and` becomes `or`",
        "9: `not self.done` becomes `self.done`",
        "10: `self.done = True` is left out",
        "10: `True` becomes `False`",
        '11: `self.tell(f"{left + 1}")` is left out',
        '12: `raise ValueError("a" + "b")` is left out',
    ]


def test_c_is_changed_where_it_does_something() -> None:
    """Not in comments and texts; a statement of one line can be left out."""
    assert words_of("a.c", C) == [
        "3: `1UL` becomes `2UL`",
        "3: `<<` becomes `>>`",
        "3: `4` becomes `5`",
        (
            "9: `(!run->is_used && found >= 0x10)` becomes "
            "`(!(!run->is_used && found >= 0x10))`"
        ),
        "9: `!` is left out",
        "9: `&&` becomes `||`",
        "9: `>=` becomes `>`",
        "9: `0x10` becomes `17`",
        "10: `false` becomes `true`",
        '12: `__asm__ volatile("cli" : : : "memory");` is left out',
        "13: `run->in_use |= found;` is left out",
    ]


def test_an_instruction_of_assembly_is_left_out() -> None:
    """Directives and labels stay."""
    assert words_of("a.S", ASSEMBLY) == [
        "4: `pushq %rax` is left out",
        "6: `movq %rsp, %rdi` is left out",
    ]


def test_a_mutant_changes_what_it_names_and_nothing_else() -> None:
    """One place, on its line."""
    wanted = next(it for it in find("a.c", C) if it.words == "`&&` becomes `||`")

    lines, before = wanted.apply(C).splitlines(), C.splitlines()

    assert [
        number for number, line in enumerate(lines, 1) if line != before[number - 1]
    ] == [9]
    assert lines[8] == "    if (!run->is_used || found >= 0x10) {"


@pytest.mark.parametrize("name", ["paging.py", "traps.py"])
def test_a_mutant_of_python_is_python(name: str) -> None:
    """Also where an operand stands in brackets, or a statement has several lines."""
    text = (ROOT / "minios/machine" / name).read_text("utf-8")

    found = find(name, text)[::7]

    assert len(found) > 20
    for mutant in found:
        ast.parse(mutant.apply(text), mutant.name)


def test_a_sample_has_as_many_of_each_area_and_is_had_again() -> None:
    """The seed chooses, and nothing else."""
    groups = [mutants_of(ROOT, AREAS[area]) for area in ("traps", "arch", "memory")]

    chosen = sample(groups, 30, seed=1)

    assert chosen == sample(groups, 30, seed=1) != sample(groups, 30, seed=2)
    for group in groups:
        assert len(set(chosen) & set(group)) == 10


def test_the_score_leaves_out_what_nobody_can_notice() -> None:
    """And there is none where nothing could be noticed."""
    mutant = Mutant("a.c", 1, 0, 1, "", "")
    fates = [*[Fate.KILLED] * 3, Fate.SURVIVED, Fate.NOT_BUILT, Fate.SAME_CODE]

    assert score(Outcome(mutant, fate) for fate in fates) == 0.75
    assert score([Outcome(mutant, Fate.EQUIVALENT)]) is None


def test_every_file_has_tests_that_are_there() -> None:
    """In the table, by the paths of today."""
    for pattern in AREAS.values():
        for path in ROOT.glob(pattern):
            stages = stages_of(path.relative_to(ROOT).as_posix())
            assert all((ROOT / it).exists() for stage in stages for it in stage.split())


def test_an_equivalent_mutant_is_still_there_and_has_a_reason() -> None:
    """What has been mended, or no longer reads so, leaves the table."""
    known = {
        mutation_table.key(path, text.splitlines()[mutant.line - 1], mutant.words)
        for path in {path for path, _, _ in EQUIVALENT}
        for text in [(ROOT / path).read_text("utf-8")]
        for mutant in find(path, text)
    }

    assert set(EQUIVALENT) <= known
    assert all(reason.endswith(".") for reason in EQUIVALENT.values())


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small one: a module, and a test that tries one value of it."""
    files = {
        "minios/__init__.py": "",
        "minios/machine/__init__.py": "",
        "minios/machine/age.py": "def is_old(age):\n    return age >= 18\n",
        "minios/testing/__init__.py": "",
        "minios/testing/plugin.py": "",  # pytest loads it by its entry point
        "tests/test_age.py": "from minios.machine.age import is_old\n\n\n"
        "def test_old():\n    assert is_old(20)\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "minios/guest").mkdir()
    shutil.copy(paths.KERNEL, tmp_path / "minios/guest")
    stages = (("minios/machine/*.py", ("tests/test_age.py",)),)
    monkeypatch.setattr(mutant_trials, "STAGES", stages)
    return tmp_path


def test_a_mutant_is_killed_by_a_test_or_survives(checkout: Path) -> None:
    """The test says which; the checkout is as it was."""
    text = (checkout / "minios/machine/age.py").read_text()
    mutants = find("minios/machine/age.py", text)

    with Trials(checkout) as trials:
        outcomes = {it.mutant.words: it for it in map(trials.try_one, mutants)}

    assert {words: it.fate for words, it in outcomes.items()} == {
        "`age >= 18` becomes `None`": Fate.KILLED,
        "`>=` becomes `>`": Fate.SURVIVED,
        "`18` becomes `19`": Fate.SURVIVED,
    }
    assert outcomes["`age >= 18` becomes `None`"].by == "tests/test_age.py::test_old"
    assert (checkout / "minios/machine/age.py").read_text() == text


def test_the_mutants_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """All of those that have these words in their name, in an area."""
    assert (
        cli.main(["dev", "mutate", "memory", "--only", "usercopy.c:1", "--list"]) == 0
    )

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    assert all(it.startswith("minios/kernel/memory/usercopy.c:1") for it in lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no area 'nowhere'"),
        (
            ["--only", "nothing like this"],
            "no mutant has 'nothing like this' in its name",
        ),
    ],
)
def test_what_is_not_there_cannot_be_changed(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 2."""
    assert cli.main(["dev", "mutate", *words]) == 2
    assert said in capsys.readouterr().err
