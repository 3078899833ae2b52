"""The goals of a lab on the lab screen: told when one is reached, and a dialog."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from minios.session.catalogue import LabCard
from minios.session.goals.aims import Deed, Goal
from minios.session.goals.keeper import GoalKeeper
from minios.tui.screens.goals import GoalScreen
from minios.tui.screens.lab_control import Control
from minios.tui.widgets.goal_line import GoalLine


class Trying(Control):
    """Finds out which goals are reached, and keeps that."""

    @cached_property
    def goals(self) -> GoalKeeper:
        """The goals of this lab."""
        card = self.card
        known = self.files.progress.goals(card.name)
        return GoalKeeper(card.goal_list, card.worlds, known)

    def look_for_goals(self) -> None:
        """Tell which goals the machines have reached."""
        self._tell_goals(self.goals.look(self.conductor))

    def did(self, deed: Deed, models: Iterable[str] = ()) -> None:
        """The learner has done something that leaves no trace in the machines."""
        self._tell_goals(self.goals.did(deed, models))

    def asked_why(self, names: Collection[str]) -> None:
        """The learner reads the explanations of the machines with these names."""
        worlds = enumerate(self.card.worlds)
        self.did("asked why", [it for n, it in worlds if self.card.called(n) in names])

    def _tell_goals(self, reached: Iterable[Goal]) -> None:
        for goal in reached:
            self.notify(f"✓ goal reached: {goal.words}", markup=False)
        if reached:
            self._keep_goals()

    def _keep_goals(self) -> None:
        self.files.progress.note(self.card.name, self.goals.names)
        self.query_one(GoalLine).show()
        self.show_clock()

    def action_goals(self) -> None:
        """Show all goals."""
        goals, progress = self.goals, self.files.progress
        if not goals.goal_list.goals:
            is_scenario = self.files.script is not None
            why = self.card.no_goals(is_scenario=is_scenario)
            self.notify(why, markup=False)
            return

        def closed(following: LabCard | None) -> None:
            self._keep_goals()
            if following is not None:
                self.post_message(self.BuiltAgain(following))

        self.app.clear_notifications()  # they would cover the question
        follows = progress.next_after(self.card.name)
        screen = GoalScreen(goals, lambda: self.conductor.frames, follows)
        self.app.push_screen(screen, closed)
