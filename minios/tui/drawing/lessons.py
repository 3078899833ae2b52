"""A lesson in a list: `What a ring is  (15 min)  ✓ passed  ← go on here`."""

from __future__ import annotations

from minios.tutor.learner import Learner
from minios.tutor.model import Lesson


def listed(learner: Learner, lesson: Lesson) -> str:
    """The title, how long it takes, how far the learner is, and whether it is next."""
    words = learner.progress.words(lesson)
    sign = "✓ " if learner.progress.passed(lesson) else ""
    done = f"  {sign}{words}" if words else ""
    following = learner.next
    if following is not None and lesson.key == following.key:
        done += "  ← go on here" if learner.progress.is_begun else "  ← begin here"
    return f"{lesson.title}  ({lesson.minutes} min){done}"
