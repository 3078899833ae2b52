"""The application: themes, help, jump mode, and errors in plain sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from textual.actions import ActionParseResult
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.events import Event, Key
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widget import Widget

from minios import glossary, host_files
from minios.errors import MiniosError, ScenarioError
from minios.lab import cost
from minios.session import recording
from minios.session.catalogue import LabCard
from minios.session.files import Files, free_path
from minios.session.script import Script
from minios.session.worker import Worker
from minios.tui import bug_report, leaving, themes, warm_up
from minios.tui.capture import as_text, strips
from minios.tui.screens import keys
from minios.tui.screens.cost import WORDS, CostScreen
from minios.tui.screens.dialogs import ErrorScreen, JumpScreen
from minios.tui.screens.glossary import GlossaryScreen
from minios.tui.screens.help import HelpScreen, sections
from minios.tui.screens.keys import LEAVE, SEE
from minios.tui.screens.lab import LabScreen, PlayerFactory
from minios.tui.screens.lesson import LessonScreen
from minios.tui.screens.pipeline import PipelineScreen
from minios.tui.screens.pointing import PointScreen
from minios.tui.screens.start import StartScreen
from minios.tui.visible_lines import VisibleLines
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson
from minios.tutor.pipeline import TITLE, Pipeline
from minios.visible import visible

EXIT_MISTAKE: Final = 2
_MOST_BUGS: Final = 4
_VISIBLE: Final = VisibleLines()
_NAMES: Final = {"⏎": "enter", "⌫": "backspace", "^": "^"}


class MiniosApp(App[None]):
    """`minios`, and `minios lab NAME`.

    Args:
        card: the lab to open; the start screen if None.
        lesson: the lesson to open instead.
        learner: the lessons to choose from; without it, none.
        theme: a name from `themes.py`, or one of Textual's.
        automatic: whether time goes on by itself; tests advance it by hand.
        files: the files to read and write.
        factory: makes the player of a machine; tests use one without a thread.
        pipeline: the six switches, if they are to be opened.

    Attributes:
        lab_screen: the screen for a lab; `minios dev bench` uses one that measures.
        new_pipeline: makes the content pipeline; tests use one with few machines.
        measure_cost: measures what a sensor costs; tests measure less of it.
    """

    lab_screen: type[LabScreen] = LabScreen
    new_pipeline: Callable[[], Pipeline] = Pipeline
    measure_cost: Callable[[], Iterator[cost.Cost]] = staticmethod(cost.measure)

    CSS_PATH = "app.tcss"
    TITLE = "minios"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", show=False, tooltip="Say what the keys do"),
        Binding(
            "ctrl+p",
            "command_palette",
            "Everything",
            show=False,
            priority=True,
            tooltip="List all that you can do here, and choose from it",
            group=SEE,
        ),
        Binding(
            "ctrl+q",
            "quit",
            "Quit",
            show=False,
            priority=True,
            tooltip="End minios",
            group=LEAVE,
        ),
    ]

    def __init__(  # noqa: PLR0913 - all by name, and each with a usual value
        self,
        card: LabCard | None = None,
        *,
        lesson: Lesson | None = None,
        learner: Learner | None = None,
        theme: str = "minios",
        automatic: bool = True,
        files: Files | None = None,
        factory: PlayerFactory = Worker,
        pipeline: PipelineScreen | None = None,
    ) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._factory = factory
        self._files = files or Files()
        self.card = card
        self._lesson = lesson
        if learner is None and lesson is not None:
            learner = Learner.of_this_user()
        self._learner = learner
        self._is_language_told = False
        self.automatic = automatic
        self.tells_bugs = False
        self._labs_opened = 0
        self._bugs_told = 0
        self._is_telling = False
        for own in themes.THEMES:
            self.register_theme(own)
        self.theme = theme

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver; on Linux, one that accepts any bytes as input."""
        found = super().get_driver_class()
        if sys.platform != "win32" and found.__name__ == "LinuxDriver":
            from minios.tui.keyboard import TolerantDriver  # noqa: PLC0415 - not there

            return TolerantDriver
        return found

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, then ours."""
        return [*super().get_line_filters(), _VISIBLE]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, for themes that do not have them."""
        return themes.variables_for(self.current_theme)

    def get_key_display(self, binding: Binding) -> str:
        """The name of a key in words: `enter`, `ctrl+q`."""
        shown = super().get_key_display(binding)
        return _NAMES.get(shown, shown.replace("^", "ctrl+"))

    def on_mount(self) -> None:
        """Open the start screen, and the lab over it if one was named."""
        files = self._files
        if not self.is_headless:
            self.tells_bugs = True
            leaving.at_signals(self._end_by)
            leaving.with_the_terminal(self._end_by)
            warm_up.begin()
        self.push_screen(
            StartScreen(files.progress, files.shelf, files.folders, self._learner)
        )
        if self._lesson is not None:
            self.open_lesson(self._lesson)
        elif self.card is not None:
            self.open_lab(self.card, files.replay, files.script)
        if self._pipeline is not None:
            self.push_screen(self._pipeline)

    def action_switches(self) -> None:
        """Open the six switches of the content pipeline."""
        self.push_screen(PipelineScreen(self.new_pipeline()))

    def action_cost(self) -> None:
        """Measure what a sensor costs in each ring."""
        self.push_screen(CostScreen(self.measure_cost))

    def on_start_screen_switches_chosen(self) -> None:
        """Open them."""
        self.action_switches()

    def open_lab(
        self,
        card: LabCard,
        replay: recording.Recording | None = None,
        script: Script | None = None,
    ) -> None:
        """Switch the machines of a lab on, and show them."""
        self._files.progress.note(card.name)
        self._labs_opened += 1
        files = self._files.of_lab(self._labs_opened)
        files = replace(files, replay=replay, script=script)
        self.push_screen(
            self.lab_screen(
                card, factory=self._factory, automatic=self.automatic, files=files
            )
        )

    def open_lesson(self, lesson: Lesson) -> None:
        """Switch the machines of a lesson on, and show them beside its text."""
        if self._learner is None:
            self._learner = Learner.of_this_user()
        try:
            visit = self._learner.visit(lesson)
        except MiniosError as error:
            self.push_screen(ErrorScreen(str(error)))
            return
        self._labs_opened += 1
        self.push_screen(
            LessonScreen(
                visit,
                self._learner,
                factory=self._factory,
                automatic=self.automatic,
                files=self._files.of_lab(self._labs_opened),
            )
        )
        self._tell_language(lesson, self._learner.language)

    def _tell_language(self, lesson: Lesson, wanted: str) -> None:
        """Say once that a lesson is in another language than the learner's."""
        if lesson.language != wanted and not self._is_language_told:
            self._is_language_told = True
            words = f"This lesson has not been translated ({wanted}): it is in English."
            self.notify(words, markup=False)

    def on_start_screen_lesson_chosen(self, event: StartScreen.LessonChosen) -> None:
        """Open the chosen lesson."""
        self.open_lesson(event.lesson)

    def on_lesson_screen_wanted(self, event: LessonScreen.Wanted) -> None:
        """Open another lesson, or the same one anew."""
        while not isinstance(self.screen, StartScreen):
            self.pop_screen()
        self.open_lesson(event.lesson)

    def on_start_screen_chosen(self, event: StartScreen.Chosen) -> None:
        """Open the chosen lab, or play the chosen recording."""
        try:
            replay = recording.load(event.replay) if event.replay is not None else None
        except MiniosError as error:
            self.push_screen(ErrorScreen(str(error)))
        else:
            self.open_lab(replay.card if replay is not None else event.card, replay)

    def on_control_built_again(self, event: LabScreen.BuiltAgain) -> None:
        """Open the lab anew: it has other plugins, or another scenario."""
        self.pop_screen()
        if isinstance(event.found, Script):
            self.open_lab(event.found.card, script=event.found)
        else:
            self.open_lab(event.found)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The entries of the command palette (ctrl+p)."""
        yield from keys.commands(screen, super().get_system_commands(screen))
        if not isinstance(screen, HelpScreen) and self.check_action("glossary", ()):
            yield SystemCommand(
                "Explain the words on the screen",
                "Open the glossary, which has all other words, too",
                self.action_glossary,
            )
        if not isinstance(screen, PipelineScreen):
            yield SystemCommand(
                f"{TITLE}: turn the repairs of July 2024 on and off",
                "Send content files through the vendor's pipeline to real machines",
                self.action_switches,
            )
        has_key = isinstance(screen, LabScreen)
        if not has_key and not any(
            isinstance(it, CostScreen) for it in self.screen_stack
        ):
            yield SystemCommand(
                WORDS, "The price of isolation, in a few seconds", self.action_cost
            )
        if not isinstance(screen, HelpScreen | PointScreen):
            yield SystemCommand(
                "Point at a word on the screen",
                "Choose a word with the arrows or the mouse, and have it explained",
                self.action_point,
            )
        yield SystemCommand(
            "Save the screen as text",
            "Write what you see to a .txt file in this folder",
            self.action_save_text,
        )
        yield SystemCommand(
            "Save the screen as a picture",
            "Write what you see to an .svg file in this folder",
            self.action_save_picture,
        )

    def action_save_text(self) -> None:
        """Write the text on the screen to a file."""
        self._save(".txt", as_text(self.screen))

    def action_save_picture(self) -> None:
        """Write the screen with its colours to a file."""
        self._save(".svg", self.export_screenshot(title="minios"))

    def _save(self, suffix: str, text: str) -> None:
        path = free_path(Path.cwd(), "minios-screen", suffix)
        try:
            host_files.write(path, text.encode(errors="replace"), ScenarioError)
        except ScenarioError as error:
            words = f"{path}: {error}"
            self.notify(words, severity="error", markup=False)
        else:
            self.notify(f"saved as {path}", markup=False)

    def action_help(self) -> None:
        """Say what the screen and its panes are for, and what the keys do."""
        self.push_screen(HelpScreen(sections(self.screen)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is one glossary at a time."""
        del parameters
        return action != "glossary" or not any(
            isinstance(it, GlossaryScreen) for it in self.screen_stack
        )

    def action_glossary(self) -> None:
        """Explain words: first those that can be seen, below a help as well."""
        number = 2 if isinstance(self.screen, HelpScreen) else 1
        seen = "\n".join(map(as_text, self.screen_stack[-number:]))
        self.push_screen(GlossaryScreen(glossary.in_text(seen)))

    def action_point(self) -> None:
        """Let the user point at a word on the screen; a help is closed before."""
        below = self.screen
        if isinstance(below, HelpScreen):
            below = self.screen_stack[-2]
            self.pop_screen()
        row = below.focused.region.y if below.focused is not None else 0
        self.push_screen(PointScreen(strips(below), row))

    def action_jump(self) -> None:
        """Show letters over the panes; a letter goes to its pane."""
        self.push_screen(JumpScreen())

    # ---- Keys that are typed faster than the screen follows.

    async def on_event(self, event: Event) -> None:
        """As Textual does; a key waits for a screen that is just being opened."""
        if isinstance(event, Key) and not event.is_forwarded:
            if not self.screen.is_mounted:
                self.screen.call_later(self.post_message, event)
                return
            event.set_sender(self._has_keys)
        await super().on_event(event)

    async def on_key(self, event: Key) -> None:
        """Send a key on if the key before it has moved the focus meanwhile.

        A key comes here after the widget to which it was sent, and only here it becomes
        a command. Without this, what is typed right after `c` would be lost.
        """
        if event._sender is not self._has_keys:  # noqa: SLF001 - no other way
            event.prevent_default()
            await self.on_event(event.copy())

    @property
    def _has_keys(self) -> Widget:
        return self.focused or self.screen

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run the action of a key. If it fails, the loop that reads keys goes on."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except Exception as error:  # noqa: BLE001 - told, or raised again in tests
            self._handle_exception(error)
            return True

    def _handle_exception(self, error: Exception) -> None:
        """Handle an error that nobody has caught.

        A mistake of the user ends the program with a sentence. After a bug of minios
        the labs are closed, and a dialog over the start screen reports the bug. After
        several bugs the program ends with a traceback.
        """
        if isinstance(error, MiniosError):
            self.exit(return_code=EXIT_MISTAKE, message=f"minios: {visible(error)}")
            return
        if self._is_telling:
            return  # the same bug may occur again until the lab is closed
        if not self.tells_bugs or self._bugs_told >= _MOST_BUGS:
            super()._handle_exception(error)
            return
        self._bugs_told += 1
        self._is_telling = True
        self.call_later(self._tell_bug, bug_report.words(error, self._files.reports))

    def _tell_bug(self, words: str) -> None:
        """Report a bug. Close the labs first, as they may be unable to draw."""
        while not isinstance(self.screen, StartScreen):
            self.pop_screen()
        self._is_telling = False
        self.push_screen(ErrorScreen(words))

    def _end_by(self, number: int) -> None:
        self.exit(return_code=128 + number)
