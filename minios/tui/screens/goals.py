"""The goals of a lab: what to try, hints, answers, and what was learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.widgets import OptionList, Static

from minios.session.catalogue import LabCard
from minios.session.goals.aims import Asked, Frames, Goal
from minios.session.goals.keeper import GoalKeeper
from minios.tui.drawing.goals import goal_row
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, after_typing, move
from minios.tui.widgets.key_bar import told

_LOW_BELOW: Final = 36  # rows of a terminal


class GoalScreen(Modal[LabCard | None]):
    """All goals of a lab. The result is the lab that the learner wants to open next."""

    TITLE: ClassVar[str] = "goals"
    HELP: ClassVar[str] = (
        "These are things to try in this lab. ✓ marks what was reached: the machines "
        "themselves have shown it. Some goals are questions. Choose one, type the "
        "answer and press enter; it is compared with what the machines show now. A "
        "goal that was reached stays so, also if you go back in time or leave the lab."
    )
    AUTO_FOCUS: ClassVar[str | None] = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "answer", "Answer", priority=True): (
                "Answer the chosen question, after typing"
            ),
            Binding("enter", "follow", "Next lab", priority=True): (
                "Open the next lab, as all goals of this one are reached"
            ),
            Binding("enter", "begin", show=False, priority=True): (
                "Say how to reach the chosen goal, where there is nothing to answer"
            ),
            Binding("h", "hint", "Hint"): "Say how to reach the chosen goal",
            Binding("f2", "hint", "Hint"): "Say how to reach the chosen goal",
            Binding("pagedown", "page(1)", "More", priority=True): (
                "Go on in the text below the goals"
            ),
            Binding("pageup", "page(-1)", show=False, priority=True): (
                "Go back in the text below the goals"
            ),
            Binding("up", "move(-1)", show=False): "Choose the goal above",
            Binding("down", "move(1)", show=False): "Choose the goal below",
            Binding("escape", "close", "Close"): "Back to the lab",
        }
    )

    def __init__(
        self,
        keeper: GoalKeeper,
        frames: Callable[[], Frames],
        follows: LabCard | None,
    ) -> None:
        """`frames` gives the newest ones; `follows` is the next lab, if any."""
        super().__init__()
        self._keeper = keeper
        self._frames = frames
        self._follows = follows
        self._goals = keeper.goal_list.goals
        self.heading = "goals"

    def inside(self) -> ComposeResult:
        """The list, then what is said of the chosen goal, and a field to answer in."""
        rows = (goal_row(self._keeper, goal) for goal in self._goals)
        yield OptionList(*rows, markup=False)
        with VerticalScroll(id="said", can_focus=False):
            yield Static("", id="told", classes="words", markup=False)
            yield Field(placeholder="your answer", compact=True)
            yield Static("", id="verdict", classes="words", markup=False)

    def on_mount(self) -> None:
        """Choose the first goal that was not reached."""
        goals, following = self._goals, self._keeper.next
        options = self.query_one(OptionList)
        options.highlighted = goals.index(following) if following is not None else 0
        self._count()

    def on_resize(self, event: Resize) -> None:
        """In a low terminal the dialog is high at once, and its text scrolls."""
        self.set_class(event.size.height < _LOW_BELOW, "-short")
        self.call_after_refresh(self.refresh_bindings)

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
        self._tell(self._end() if question is None else self._asks(question))
        self._say("")
        self._take_keys()

    def on_option_list_option_selected(self) -> None:
        """A goal was clicked: what is typed is its answer."""
        self._take_keys()

    def _take_keys(self) -> None:
        """What is typed is the answer to the chosen goal, if it is a question."""
        is_asked = self._question is not None
        self.query_one(Field if is_asked else OptionList).focus()
        self.refresh_bindings()

    def _asks(self, asked: Asked) -> str:
        """The question, and what an answer looks like."""
        wanted = self._keeper.wanted(self._chosen, self._frames())
        return f"{asked.question} {wanted}"

    def _end(self) -> str:
        """What was learned and what comes next, once all goals are reached."""
        if not self._keeper.is_done:
            return ""
        learned = self._keeper.goal_list.learned
        words = ["You have reached all goals.", learned]
        if self._follows is not None:
            words.append(f"Enter opens the next lab: {self._follows.title}.")
        return "\n\n".join(words)

    def _tell(self, words: str) -> None:
        self.query_one("#told", Static).update(words)
        self._show_text(at_end=False)

    def _say(self, words: str) -> None:
        self.query_one("#verdict", Static).update(words)
        self._show_text(at_end=bool(words))

    def _show_text(self, *, at_end: bool) -> None:
        """Bring what was said last into view, once it has its place."""
        text = self.query_one(VerticalScroll)
        go = text.scroll_end if at_end else text.scroll_home
        self.call_after_refresh(go, animate=False)
        self.call_after_refresh(self.refresh_bindings)

    # ---- Keys.

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Enter only where there is something to answer or to open."""
        if action == "answer":
            return self._question is not None
        if action == "follow":
            return self._opens
        if action == "page":
            return self.query_one(VerticalScroll).max_scroll_y > 0
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

    def action_move(self, by: int) -> None:
        """Choose another goal while the keys are the field's."""
        move(self.query_one(OptionList), by)

    def action_page(self, by: int) -> None:
        """Scroll what is said below the goals."""
        text = self.query_one(VerticalScroll)
        text.scroll_relative(y=by * max(1, text.size.height - 1), animate=False)

    @after_typing
    def action_answer(self) -> None:
        """Compare what was typed."""
        field = self.query_one(Field)
        if not field.has_focus:
            self.set_focus(field)
            return
        question, frames = self._question, self._frames()
        verdict = self._keeper.answer(self._chosen, field.value, frames)
        if verdict.is_right:
            goal, options = self._chosen, self.query_one(OptionList)
            row = goal_row(self._keeper, goal)
            options.replace_option_prompt_at_index(self._goals.index(goal), row)
            field.value = ""
            self._count()
            self.on_option_list_option_highlighted()
        elif question is not None:
            is_said = verdict.words == self._keeper.wanted(self._chosen, frames)
            self._tell(question.question if is_said else self._asks(question))
        self._say(verdict.words)

    def action_close(self) -> None:
        """Delete what was typed; if nothing was, go back to the lab."""
        field = self.query_one(Field)
        if field.has_focus and field.value:
            field.value = ""
        else:
            self.dismiss(None)
