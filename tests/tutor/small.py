"""A small lesson in a pack of its own, for tests that change it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PACK: Final = """\
name = "small"
title = "Small lessons"
version = "1.0"
license = "CC-BY-4.0"
"""
LESSON: Final = """\
title = "One answer"
about = "A question about rings"
minutes = 10

[machines.windows]

[[tasks]]
name = "ring"
ask = "Find out in which ring the kernel runs"
question = "In which ring does the kernel run?"
answer = { equals = 0 }
hints = ["It has the most rights.", "It is a number.", "It is 0."]

[[tasks.mistakes]]
answer = "3"
say = "Ring 3 is where processes run."
"""
TEXT: Final = "# One answer\n\nThe kernel runs in [ring](glossary:ring) 0.\n"
STEPS: Final = '[[steps]]\nanswer = "ring"\nsay = "0"\n'
WRONG: Final = 'says = "where processes run"\n\n[[steps]]\nanswer = "ring"\nsay = "3"\n'
FACTS: Final = "| number | statement |\n|---|---|\n| F1 | One. |\n| F2 | Two. |\n"


def files() -> dict[str, str]:
    """The files of the pack, by their paths in it."""
    return {
        "pack.toml": PACK,
        "FACTS.md": FACTS,
        "01_one/lesson.toml": LESSON,
        "01_one/README.md": TEXT,
        "01_one/solution/README.md": "It is ring 0.\n",
        "01_one/solution/steps.toml": STEPS,
        "01_one/mistakes/three.toml": WRONG,
        "01_one/mistakes/also.toml": WRONG,
    }


def write(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """Write the pack into a folder, with some files changed."""
    for name, text in {**files(), **(changed or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return folder
