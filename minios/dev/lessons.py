"""`minios dev check lessons`: prove that every lesson can be done, and check its texts.

The start of a lesson must fail, its solution must pass, and each wrong attempt must be
told what is wrong. Code that a text quotes is compared with its file, too.
"""

from __future__ import annotations

from collections.abc import Collection

from minios import paths
from minios.dev import excerpts
from minios.errors import ScenarioError
from minios.tutor import examining, packs
from minios.tutor.examining import Report


def check(names: Collection[str]) -> int:
    """Check the lessons with these names, or all. Returns 1 if something is wrong.

    Raises ScenarioError for a name that no lesson has.
    """
    pack = packs.shipped("en")
    known = [it.name for it in pack.folders]
    for name in names:
        if name not in known:
            raise ScenarioError(
                f"there is no lesson {name!r}", advice=f"There are: {', '.join(known)}"
            )
    stale = [
        f"{page.name} quotes old code. Run `minios dev gen`"
        for page in excerpts.lesson_pages()
        if not page.is_fresh()
    ]
    wrong = len(stale)
    for report in examining.examined(pack, names, root=paths.checkout()):
        _tell(report)
        wrong += len(report.problems)
    for sentence in stale:
        print(sentence)
    print(_count(wrong) if wrong else "all lessons are proved")
    return int(wrong > 0)


def _tell(report: Report) -> None:
    verdict = _count(len(report.problems)) if report.problems else "proved"
    print(f"{report.lesson}: {verdict} ({report.seconds:.1f} s)")
    for problem in report.problems:
        print(f"  {problem}")


def _count(problems: int) -> str:
    return "1 problem" if problems == 1 else f"{problems} problems"
