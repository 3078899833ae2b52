"""Commit crimes on the lab screen, in a lab whose machines have the plugin for it."""

from __future__ import annotations

from typing import Final

from minios.errors import ScenarioError
from minios.lab.crimes import Crime
from minios.lab.explanation import compare
from minios.session import committing
from minios.tui.screens.crimes import CrimeChoice, CrimeScreen
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.lab_look import Looking
from minios.tui.screens.why import WhyScreen

_LONG: Final = 20  # seconds


class Committing(Looking):
    """The crimes, and how the latest one ended."""

    _ended: str = ""

    @property
    def _names(self) -> list[str]:
        return [self.card.called(number) for number in range(len(self.card.worlds))]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Crimes only where a machine has the plugin for them."""
        del parameters
        return action != "crimes" or committing.is_possible(self.card)

    def action_crimes(self) -> None:
        """Choose a crime and commit it, or read how the latest one ended."""

        def chosen(choice: CrimeChoice | None) -> None:
            if choice is None:
                return
            if choice.crime is None:
                self.tell_crime()
            else:
                self._commit(choice.crime)

        self.app.clear_notifications()
        ended = committing.short(self.conductor.frames, self._names)
        self.app.push_screen(CrimeScreen(self.card, ended), chosen)

    def _commit(self, crime: Crime) -> None:
        try:
            committing.commit(crime, self.conductor, self._names)
        except ScenarioError as error:
            self.app.push_screen(ErrorScreen(f"{error}."))
            return
        self.conductor.running = True

    def tell_crime(self) -> None:
        """Show what the latest crime is, how it ended on each machine, and why."""
        told = committing.told(self.conductor.frames, self._names)
        if told is not None:
            self.app.push_screen(WhyScreen(compare([("all machines", told)])))

    def note_crime(self) -> None:
        """Say so when the latest crime has ended on all machines."""
        if not committing.is_possible(self.card):
            return
        ended = committing.short(self.conductor.frames, self._names)
        if ended and ended != self._ended:
            words = f"{ended}. Press C, then enter: the ends compared, and why."
            self.notify(words, timeout=_LONG, markup=False)
        self._ended = ended
