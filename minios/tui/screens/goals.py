"""The goals of a lab: what to try, hints, answers, and what was learned."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static

from minios.session.catalogue import LabCard
from minios.session.goals.aims import Asked, Frames, Goal
from minios.session.goals.keeper import GoalKeeper
from minios.tui.drawing.goals import goal_row
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field
from minios.tui.widgets.key_bar import told


class GoalScreen(Modal[LabCard | None]):
    """All goals of a lab. The result is the lab that the learner wants to open next."""

    TITLE: ClassVar[str] = "goals"
    HELP: ClassVar[str] = (
        "These are things to try in this lab. ✓ marks what was reached: the machines "
        "themselves have shown it. Some goals are questions. Choose one, press enter "
        "and type the answer; it is compared with what the machines show now. A goal "
        "that was reached stays so, also if you go back in time or leave the lab."
    )
    AUTO_FOCUS: ClassVar[str | None] = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "answer", "Answer", priority=True): (
                "Answer the chosen question; press enter again after typing"
            ),
            Binding("enter", "follow", "Next lab", priority=True): (
                "Open the next lab, as all goals of this one are reached"
            ),
            Binding("enter", "begin", show=False, priority=True): (
                "Say how to reach the chosen goal, where there is nothing to answer"
            ),
            Binding("h", "hint", "Hint"): "Say how to reach the chosen goal",
            Binding("escape", "close", "Close"): "Back to the lab",
        }
    )

    def __init__(
        self, keeper: GoalKeeper, frames: Frames, follows: LabCard | None
    ) -> None:
        super().__init__()
        self._keeper = keeper
        self._frames = frames
        self._follows = follows
        self._goals = keeper.lesson.goals
        self.heading = "goals"

    def inside(self) -> ComposeResult:
        """The list, then what is said of the chosen goal, and a field to answer in."""
        rows = (goal_row(self._keeper, goal) for goal in self._goals)
        yield OptionList(*rows, markup=False)
        yield Static("", id="told", classes="words", markup=False)
        yield Field(placeholder="your answer", compact=True)
        yield Static("", id="verdict", classes="words", markup=False)

    def on_mount(self) -> None:
        """Choose the first goal that was not reached."""
        goals, following = self._goals, self._keeper.next
        options = self.query_one(OptionList)
        options.highlighted = goals.index(following) if following is not None else 0
        self._count()

    def _count(self) -> None:
        number = f"{len(self._keeper.names)} of {len(self._goals)} reached"
        self.query_one(".dialog").border_title = f"goals: {number}"

    @property
    def _chosen(self) -> Goal:
        return self._goals[self.query_one(OptionList).highlighted or 0]

    @property
    def _question(self) -> Asked | None:
        """The question of the chosen goal, if it waits for an answer."""
        goal = self._chosen
        is_open = isinstance(goal.aim, Asked) and not self._keeper.has(goal)
        return goal.aim if is_open and isinstance(goal.aim, Asked) else None

    def on_option_list_option_highlighted(self) -> None:
        """Say what there is to say of another goal."""
        question = self._question
        self.query_one(Field).display = question is not None
        self._tell(question.question if question is not None else self._end())
        self._say("")
        self.refresh_bindings()

    def _end(self) -> str:
        """What was learned and what comes next, once all goals are reached."""
        if not self._keeper.is_done:
            return ""
        learned = self._keeper.lesson.learned
        words = ["You have reached all goals.", learned]
        if self._follows is not None:
            words.append(f"Enter opens the next lab: {self._follows.title}.")
        return "\n\n".join(words)

    def _tell(self, words: str) -> None:
        self.query_one("#told", Static).update(words)

    def _say(self, words: str) -> None:
        self.query_one("#verdict", Static).update(words)

    # ---- Keys.

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Enter only where there is something to answer or to open."""
        if action == "answer":
            return self._question is not None
        if action == "follow":
            return self._opens
        return action != "begin" or not (self._opens or self._question)

    @property
    def _opens(self) -> bool:
        """Whether enter opens the next lab."""
        return self._keeper.is_done and self._follows is not None

    def action_hint(self) -> None:
        """Say how to begin."""
        self._say(f"Hint: {self._chosen.hint}")

    def action_begin(self) -> None:
        """Say how to begin."""
        self.action_hint()

    def action_follow(self) -> None:
        """Open the next lab."""
        self.dismiss(self._follows)

    def action_answer(self) -> None:
        """Go to the field; or, when it was filled in, compare what was typed."""
        field = self.query_one(Field)
        if not field.has_focus:
            field.focus()
            return
        verdict = self._keeper.answer(self._chosen, field.value, self._frames)
        if verdict.is_right:
            goal, options = self._chosen, self.query_one(OptionList)
            row = goal_row(self._keeper, goal)
            options.replace_option_prompt_at_index(self._goals.index(goal), row)
            options.focus()
            field.value = ""
            self._count()
            self.on_option_list_option_highlighted()
        self._say(verdict.words)

    def action_close(self) -> None:
        """From the field to the list, from there to the lab."""
        if self.query_one(Field).has_focus:
            self.query_one(OptionList).focus()
        else:
            self.dismiss(None)
