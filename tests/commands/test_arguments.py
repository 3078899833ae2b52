"""What several commands ask of their arguments."""

from __future__ import annotations

import pytest

from minios import cli

COUNTED = (
    ("bench", "--pairs"),
    ("fuzz", "cpu", "--count"),
    ("fuzz", "cpu", "--jobs"),
    ("fuzz", "syscalls", "--count"),
    ("interrupts", "--count"),
    ("mutate", "--count"),
    ("powercuts", "--cuts"),
)
CHOSEN = (
    (("crimes", "--only"), "crime"),
    (("limits", "--only"), "limit"),
    (("dev", "interrupts"), "command"),
    (("dev", "mutate"), "area"),
    (("dev", "powercuts"), "activity"),
)


@pytest.mark.parametrize("text", ["0", "-1", "many", ""])
@pytest.mark.parametrize("words", COUNTED, ids=" ".join)
def test_a_number_that_is_none_is_refused(
    words: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 2: what was tried no times has not been tried."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["dev", *words[:-1], f"{words[-1]}={text}"])

    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert f"{text!r} is not a whole number of at least 1" in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(("words", "kind"), CHOSEN)
def test_a_name_that_is_unknown_is_answered_with_those_that_there_are(
    words: tuple[str, ...], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 2."""
    assert cli.main([*words, "nowhere"]) == 2

    said = capsys.readouterr()
    assert f"there is no {kind} 'nowhere'. Choose from: " in said.err
    assert (len(said.err.splitlines()), said.out) == (1, "")
