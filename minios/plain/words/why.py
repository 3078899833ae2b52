"""An explanation as it is spoken: the words of the screen, in their order."""

from __future__ import annotations

from minios.lab import Explanation
from minios.lab.explain import RIGHTS_LEGEND
from minios.plain.words.text import evidence


def why(explanation: Explanation) -> list[str]:
    """Headline, then every section under its title."""
    said = [f"{evidence(explanation.headline)}."]
    for section in explanation.sections:
        said.append(f"{section.title}:")
        # The letters of the page tables are words here: no legend is needed.
        said += [evidence(it) for it in section.lines if it != RIGHTS_LEGEND]
    return said
