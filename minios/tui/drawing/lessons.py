"""A lesson in a list: `1. What a ring is  (15 min)  ✓ passed  ← go on here`."""

from __future__ import annotations

from minios.tutor.learner import Learner
from minios.tutor.model import Lesson


def listed(learner: Learner, lesson: Lesson) -> str:
    """Number, title, how long it takes, how far the learner is, whether it is next."""
    words = learner.progress.words(lesson)
    sign = "✓ " if learner.progress.passed(lesson) else ""
    done = f"  {sign}{words}" if words else ""
    following = learner.next
    if following is not None and lesson.key == following.key:
        done += "  ← go on here" if learner.progress.is_begun else "  ← begin here"
    number = learner.number(lesson)
    return f"{number}. {lesson.title}  ({lesson.minutes} min){done}"
