"""The lessons of this user as the interface lists them: pack by pack, with their state.

A pack or a lesson that cannot be read is no error here: its shelf says what is wrong,
and the others are there.
"""

from __future__ import annotations

from minios.tutor import learner
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson


class Library(Learner):
    """A learner whose lessons stand on shelves."""

    @classmethod
    def of_this_user(cls, language: str = "") -> Library:
        """Their progress, their packs, and their language if none is named."""
        user = learner.of_this_user(language)
        return cls(user.data, user.language)

    def listed(self, lesson: Lesson) -> str:
        """A lesson in a list: `What a ring is  (15 min)  ✓ passed  ← go on here`."""
        words = self.progress.words(lesson)
        sign = "✓ " if self.progress.passed(lesson) else ""
        done = f"  {sign}{words}" if words else ""
        following = self.next
        if following is not None and lesson.key == following.key:
            done += "  ← go on here" if self.progress.is_begun else "  ← begin here"
        return f"{lesson.title}  ({lesson.minutes} min){done}"
