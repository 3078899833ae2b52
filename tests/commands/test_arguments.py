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
WHOLE = (
    ("content", "mutate", "none", "--seed"),
    ("cost", "--seed"),
    ("recover", "--seed"),
    ("dev", "fuzz", "bpf", "--ring0"),
    ("dev", "fuzz", "content", "--only"),
    ("dev", "fuzz", "cpu", "--first"),
    ("dev", "fuzz", "syscalls", "--seed"),
    ("dev", "interrupts", "--seed"),
    ("dev", "mutate", "--seed"),
    ("dev", "powercuts", "--seed"),
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


@pytest.mark.parametrize("words", WHOLE, ids=" ".join)
def test_a_word_is_no_whole_number(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Said in our words, not in those of Python."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*words[:-1], f"{words[-1]}=x"])

    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert f"argument {words[-1]}: 'x' is not a whole number (see: " in said.err
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
