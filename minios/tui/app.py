"""The application: themes, help, jump mode, errors told instead of tracebacks."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from minios.errors import MiniosError
from minios.tui import themes
from minios.tui.catalogue import LabCard
from minios.tui.screens.dialogs import ErrorScreen, HelpScreen
from minios.tui.screens.jump import JumpScreen
from minios.tui.screens.lab import Files, LabScreen, PlayerFactory
from minios.tui.screens.start import StartScreen
from minios.tui.widgets.pane import Pane
from minios.tui.worker import Worker


class MiniosApp(App[None]):
    """`minios`, and `minios lab NAME`.

    Args:
        card: the lab to open; the start screen if None.
        theme: a name from `themes.py`, or one of Textual's.
        automatic: whether time goes on by itself; tests tick by hand.
        files: a recording to play, a file to record into.
        factory: makes the player of a machine; tests take one without a thread.
    """

    CSS_PATH = "app.tcss"
    TITLE = "minios"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False),
        Binding("f1", "help", "Help", show=False),
    ]

    def __init__(
        self,
        card: LabCard | None = None,
        *,
        theme: str = "minios",
        automatic: bool = True,
        files: Files | None = None,
        factory: PlayerFactory = Worker,
    ) -> None:
        super().__init__()
        self._factory = factory
        self._files = files or Files()
        self.card = card
        self.automatic = automatic
        for own in themes.THEMES:
            self.register_theme(own)
        self.theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, for themes that do not have them."""
        return themes.VARIABLES

    def on_mount(self) -> None:
        """Start screen, and the lab over it if one was named."""
        self.push_screen(StartScreen())
        if self.card is not None:
            self.open_lab(self.card)

    def open_lab(self, card: LabCard) -> None:
        """Switch the machines of a lab on, and show them."""
        self.push_screen(
            LabScreen(
                card,
                factory=self._factory,
                automatic=self.automatic,
                files=self._files,
            )
        )

    def on_start_screen_chosen(self, event: StartScreen.Chosen) -> None:
        """A lab was chosen."""
        self.open_lab(event.card)

    def action_help(self) -> None:
        """Say what the focused pane is for, and what the keys do."""
        focused = self.focused
        parts = []
        if isinstance(focused, Pane) and focused.HELP:
            parts.append(f"{focused.TITLE or type(focused).__name__}\n{focused.HELP}")
        words = getattr(self.screen, "HELP", "")
        if words:
            parts.append(f"This screen\n{words}")
        parts.append(f"Keys\n{keys_in_words(self.screen)}")
        self.push_screen(HelpScreen("help", "\n\n".join(parts)))

    def action_jump(self) -> None:
        """Letters over the panes."""
        self.push_screen(JumpScreen())

    def _handle_exception(self, error: Exception) -> None:
        """An author's mistake is told in a dialog; a bug of ours ends the program."""
        if isinstance(error, MiniosError):
            self.push_screen(ErrorScreen(str(error)))
        else:
            super()._handle_exception(error)


def keys_in_words(screen: Screen[object]) -> str:
    """All keys of a screen, a line each."""
    lines = []
    for binding in screen._bindings:  # noqa: SLF001 - Textual offers no other way
        _, one = binding
        key = one.key_display or one.key
        lines.append(f"  {key:10} {one.description}")
    return "\n".join(dict.fromkeys(lines))
