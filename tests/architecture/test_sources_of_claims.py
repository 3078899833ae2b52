"""What documents and comments say of other systems: whose it is, and whose not.

Such a sentence is read off a source, and no machine can check it. What can be checked
is that the true one still stands there, and the wrong one of before does not come back.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]


class Claim(NamedTuple):
    """A file, what it says, and what it must not say."""

    file: str
    says: str
    never: str


KERNEL = "minios/kernel"
CLAIMS = {
    "how many machines": Claim(
        "README.md",
        "8.5 million were affected, by Microsoft's estimate",
        "fell into a crash loop",
    ),
    "what ring 3 changes": Claim(
        "README.md",
        "the same kind of fault in a program of its own ends only that program",
        "on a Mac could",
    ),
    "what ring 3 changes, again": Claim(
        "minios/ARCHITECTURE.md",
        "the same fault in ring 3 ends one process",
        "on a Mac could",
    ),
    "whose countdown": Claim(
        "README.md",
        "The countdown is ours. Windows' own recovery environment waits for a person.",
        "Windows' countdown",
    ),
    "whose back-off": Claim(
        "README.md",
        "The waiting times are those of MINIX 3, an operating system for teaching. "
        "That the supervisor gives up and moves the file away is ours.",
        "as macOS does",
    ),
    "what is staged": Claim(
        "README.md",
        "One thing is arranged: the author of a content file chooses the value",
        "Nothing you see is staged",
    ),
    "whose fixes": Claim(
        "assets/fixes/README.md",
        "That is best effort: a fix may not exist.",
        "does the same",
    ),
    "where the null check is from": Claim(
        "assets/content/README.md",
        "True to the crash dump that Microsoft published on 27 July 2024",
        "find that it is not null, and read through it. The validator",
    ),
    "what is a failed start": Claim(
        f"{KERNEL}/disk/boot_status.c",
        "for a failed start a flag, which it clears earlier",
        "The two minutes are Windows'",
    ),
    "whose safe mode": Claim(
        "minios/abi/enumerations.py",
        "That is our rule: Windows has a list of its own for it.",
        "as Windows does",
    ),
    "how Windows compares": Claim(
        f"{KERNEL}/traps/integrity.c",
        "How Windows itself compares is not documented.",
        "Windows keeps checksums",
    ),
    "whose stop parameters": Claim(
        "minios/abi/stop_codes.py",
        "These are our own, because the reference says nothing of them or reserves "
        "them: all parameters of 0x5A, the error number in parameter 1 of 0x7B, "
        "parameters 2 to 4 of 0x7F",
        "the meaning of the four parameters follow",
    ),
}


def prose(file: str) -> str:
    """The text of a file in one line, without the marks of comments."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return " ".join(re.sub(r"^\s*(?://|#)", "", text, flags=re.MULTILINE).split())


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_claim_about_another_system_says_whose_it_is(claim: Claim) -> None:
    """As the sources have it."""
    said = prose(claim.file)

    assert claim.says in said
    assert claim.never not in said
