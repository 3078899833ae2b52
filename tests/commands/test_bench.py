"""`minios dev bench` measures for a time that there is, or says what would do."""

from __future__ import annotations

import pytest

from minios import cli


@pytest.mark.parametrize("text", ["-1", "0", "nan", "inf", "soon", ""])
def test_a_time_that_is_none_is_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit code 2, and nothing is measured."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["dev", "bench", "--tui", f"--seconds={text}"])

    assert ended.value.code == 2
    said = capsys.readouterr()
    assert not said.out
    assert f"{text!r} is no number of seconds from 1 on" in said.err
