"""The goals of a lab: what to try, what was reached, and answers to questions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from minios.plain.talk import Talk
from minios.session.goals.aims import Asked, Deed, Goal
from minios.session.goals.keeper import GoalKeeper
from minios.session.spoken import sentence


class Trying(Talk):
    """Finds out which goals are reached, and keeps that."""

    _untold_goals: tuple[Goal, ...] = ()  # that were reached

    @cached_property
    def goals(self) -> GoalKeeper:
        """The goals of this lab."""
        card = self.card
        known = self.files.progress.goals(card.name)
        return GoalKeeper(card.goal_list, card.worlds, known)

    def look_for_goals(self) -> None:
        """Print which goals were reached since the last time."""
        with self.inside():  # some ask for the function in which a machine stands
            self.notice_goals()
        reached, self._untold_goals = self._untold_goals, ()
        for goal in reached:
            self.say(f"Goal reached: {sentence(goal.words)}")
        if reached:
            self._tell_progress()

    def notice_goals(self) -> None:
        """Find out which goals the machines show to be reached; they are told later."""
        self._untold_goals += self.goals.look(self.conductor)

    def did(self, deed: Deed, models: Iterable[str] = ()) -> None:
        """The user has done something that leaves no trace in the machines."""
        self._untold_goals += self.goals.did(deed, models)

    def asked_why(self, names: Iterable[str]) -> None:
        """The user hears the explanations of the machines with these names."""
        models = dict(zip(self.names, self.card.worlds, strict=True))
        self.did("asked why", [models[name] for name in names])

    def _tell_progress(self) -> None:
        """Keep and print how many goals are reached; at the end, what was learned."""
        goals = self.goals
        self.files.progress.note(self.card.name, goals.names)
        if not goals.is_done:
            self.say(self._count)
            return
        self.say(f"You have reached all goals. {goals.goal_list.learned}")
        following = self.files.progress.next_after(self.card.name)
        if following is not None:
            self.say(f"The next lab is: {following.title}.")

    @property
    def _count(self) -> str:
        goals = self.goals
        return f"{len(goals.names)} of {len(goals.goal_list.goals)} goals are reached."

    def hear_goals(self) -> None:
        """Print all goals; give a hint for one, or take the answer to a question."""
        goals = self.goals.goal_list.goals
        if not goals:
            is_scenario = self.files.script is not None
            self.say(f"{self.card.no_goals(is_scenario=is_scenario)}.")
            return
        self.say(self._count)
        goal = goals[self.choose("Which goal?", [self._row(it) for it in goals])]
        if isinstance(goal.aim, Asked) and not self.goals.has(goal):
            self._put(goal, goal.aim)
        else:
            self.say(f"Hint: {goal.hint}")

    def _row(self, goal: Goal) -> str:
        reached = "reached: " if self.goals.has(goal) else ""
        asked = ", a question" if isinstance(goal.aim, Asked) else ""
        return f"{reached}{goal.words}{asked}"

    def _put(self, goal: Goal, aim: Asked) -> None:
        """Put a question until its answer is right."""
        while True:
            typed = self.line(f"{aim.question} (? for a hint, Enter to cancel)")
            if typed == "?":
                self.say(f"Hint: {goal.hint}")
                continue
            verdict = self.goals.answer(goal, typed, self.conductor.frames)
            self.say(verdict.words)
            if verdict.is_right:
                self._tell_progress()
                return
