"""Crimes: choose one, commit it on all machines, and hear how it ended on each."""

from __future__ import annotations

from minios.lab import crime_words
from minios.lab.crimes import Crime
from minios.lab.explanation import compare
from minios.lab.quantities import listed
from minios.plain.asking import numbered, picked
from minios.plain.talk import Talk
from minios.session import committing
from minios.session.spoken import why


class Committing(Talk):
    """Commit crimes, in a lab whose machines have the plugin for it."""

    def crime(self) -> None:
        """Choose a crime and commit it. What happens then is told when time goes on."""
        crime = self._choose_crime()
        self.say(crime_words.about(crime))
        who = listed(committing.commit(crime, self.conductor, self.names))
        self.say(f"The command is typed in {who}. Go on, and then hear how it ended.")

    def _choose_crime(self) -> Crime:
        offered = self._list_crimes("")
        question = "Which crime? (its number, or words to search for; 0 to cancel)"
        while True:
            answer = self.text(question)
            found = picked(answer, offered)
            named = [it for it in offered if it.name == answer]
            if found is not None or named:
                return found or named[0]
            if answer.isdecimal():
                self.say(f"Please type a number from 1 to {len(offered)}, or a word.")
            else:
                offered = self._list_crimes(answer) or offered

    def _list_crimes(self, typed: str) -> list[Crime]:
        found = committing.offered(typed)
        offered = [crime for _, crimes in found for crime in crimes]
        if not offered:
            self.say(f"No crime has the words {typed}.")
        rows = numbered(f"{it.name}: {it.words}" for it in offered)
        for group, crimes in found:
            self.say(f"{group}.")
            self.tell(rows[: len(crimes)])
            del rows[: len(crimes)]
        return offered

    def ends(self) -> None:
        """Tell how the latest crime ended on each machine, and why."""
        told = committing.told(self.conductor.frames, self.names)
        if told is None:
            self.say("No crime has ended yet. Commit one, and go on.")
            return
        comparison = compare([("all machines", told)])
        for depth in comparison.depths:
            self.tell(why(comparison, depth))
