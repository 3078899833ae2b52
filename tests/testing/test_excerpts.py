"""A page shows what stands between the marks of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import paths
from minios.dev.excerpts import Page
from minios.errors import ScenarioError

TOML = "# [a]\nx = 1\n# [/a]\n"
C = "int f(void)\n{\n    // [a]\n    return 1;\n    // [b]\n    // [/a]\n}\n"


@pytest.fixture(autouse=True)
def _sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)


def page(folder: Path, source: str, kind: str) -> Page:
    """A page that quotes the piece `a` of a source, and is out of date."""
    text = f"Say:\n\n<!-- cut from {source}: a -->\n```{kind}\nold\n```\n"
    (folder / "page.md").write_text(text, encoding="utf-8")
    return Page("page.md")


@pytest.mark.parametrize(
    ("source", "text", "piece"),
    [("a.toml", TOML, "x = 1"), ("a.c", C, "return 1;"), ("a.h", C, "return 1;")],
)
def test_a_stale_piece_is_found_and_filled(
    source: str, text: str, piece: str, tmp_path: Path
) -> None:
    """The marks suit the language, and are not shown."""
    (tmp_path / source).write_text(text, encoding="utf-8")
    shown = page(tmp_path, source, "c")

    assert not shown.is_fresh()
    shown.write()
    assert shown.is_fresh()
    assert shown.path.read_text(encoding="utf-8").endswith(f"\n```c\n{piece}\n```\n")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("a.c", "Write it between // [a] and // [/a]"),
        ("a.toml", "Write it between # [a] and # [/a]"),
        ("gone.c", "there is no such file to cut from"),
    ],
)
def test_a_piece_that_is_not_there_is_told(
    source: str, told: str, tmp_path: Path
) -> None:
    """With what to write, and where."""
    for name in ("a.c", "a.toml"):
        (tmp_path / name).write_text("x\n", encoding="utf-8")

    with pytest.raises(ScenarioError, match=source) as caught:
        page(tmp_path, source, "c").is_fresh()
    assert told in str(caught.value)
