"""Go into the recovery environment and out of it, as a person at the console would.

    recovery.enter(lab)                          # reset, with F8 held down
    recovery.choose(lab, "shell")                # returns the `RecoveryChosen` event
    print(lab.console("rm /system/content/c-000291.sys"))
    lab.console("exit")
    recovery.choose(lab, "continue")             # returns the `ModeChosen` event

`boot_into` goes the whole way to a wanted mode.

A machine of the model linux has a boot menu instead. Its choices are the names of the
entries on the disk, and it has no shell: a person starts without the module that is to
blame, and repairs the disk in the usual shell.

    recovery.enter(lab)
    recovery.choose(lab, "blocklist")            # returns the `ModeChosen` event
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, overload

from minios.errors import ScenarioError
from minios.lab import events
from minios.lab.conditions import Happened, seconds
from minios.lab.events import Event
from minios.lab.lab import Lab
from minios.lab.mistakes import nearest

F8: Final = "\x1b[19~"
CHOICES: Final = (
    "continue",
    "safe mode",
    "last known good",
    "shell",
    "fetch a fix",
    "switch off",
)
"""The menu of the recovery environment, in its order (user/programs/recovery/)."""

BOOT_MENU: Final = "boot menu"
"""What `RecoveryEntered` says of a machine that has the boot menu."""

ENTRIES: Final = {"normal": "1", "safe": "blocklist", "last good": "previous"}
"""What to answer in the boot menu, for a start that is near to such a mode."""

MODES: Final = {"normal": "continue", "safe": "safe mode", "last good": CHOICES[2]}
_TURNS: Final = (
    events.RecoveryEntered,
    events.ModeChosen,
    events.ResetEvent,
    events.PoweredOff,
)
"""With these records the recovery environment begins, or has ended."""
_SHELL: Final = "recovery# "

KEY_PRESSES: Final = 8  # a key that is held down repeats
LIMIT: Final = seconds(5)
_FIX_LIMIT: Final = seconds(20)


def answer(entered: events.RecoveryEntered, mode: str) -> str:
    """What to type for a mode of `MODES`, in the recovery environment or boot menu."""
    return ENTRIES[mode] if entered.what == BOOT_MENU else MODES[mode]


def enter(lab: Lab) -> events.RecoveryEntered:
    """Press reset, hold down F8, and wait until the recovery environment asks.

    Raises ConditionNotMetError if it does not ask.
    """
    lab.reset()
    lab.type(F8 * KEY_PRESSES)
    entered = lab.run_until(Happened(events.RecoveryEntered), within=LIMIT)
    lab.wait_for_prompt(within=LIMIT)
    return entered


Start: TypeAlias = Literal["continue", "safe mode", "last known good", "fetch a fix"]


@overload
def choose(lab: Lab, choice: Start) -> events.ModeChosen: ...
@overload
def choose(lab: Lab, choice: Literal["shell"]) -> events.RecoveryChosen: ...
@overload
def choose(lab: Lab, choice: Literal["switch off"]) -> events.PoweredOff: ...
@overload
def choose(
    lab: Lab, choice: str
) -> events.ModeChosen | events.RecoveryChosen | events.PoweredOff: ...
def choose(
    lab: Lab, choice: str
) -> events.ModeChosen | events.RecoveryChosen | events.PoweredOff:
    """Choose one of `CHOICES` in the menu, and wait until it has been done.

    In the boot menu of the model linux the choices are its entries.

    Returns how the start goes on; for "shell", at its prompt, that it was chosen; and
    for "switch off" that the machine is off.

    Raises:
        ScenarioError: there is no such choice, or the menu is not there to choose from.
        ConditionNotMetError: the start does not go on, for example without a fix.
    """
    if _asks_for_an_entry(lab):
        lab.type(choice + "\r")
        return lab.run_until(Happened(events.ModeChosen), within=LIMIT)
    if choice not in CHOICES:
        raise ScenarioError(
            f"the recovery environment does not offer {choice!r}",
            where=lab.model,
            advice=nearest(choice, CHOICES),
        )
    _require_menu(lab)
    lab.type(choice + "\r")
    if choice == "switch off":
        return lab.run_until(Happened(events.PoweredOff), within=LIMIT)
    if choice == "shell":
        entered = Happened(events.RecoveryChosen, choice="shell")
        chosen = lab.run_until(entered, within=LIMIT)
        lab.wait_for_prompt(within=LIMIT)
        return chosen
    within = _FIX_LIMIT if choice == "fetch a fix" else LIMIT
    return lab.run_until(Happened(events.ModeChosen), within=within)


def _latest_turn(lab: Lab) -> Event | None:
    return next((it for it in reversed(lab.events) if isinstance(it, _TURNS)), None)


def _asks_for_an_entry(lab: Lab) -> bool:
    """Whether the boot menu is on the console."""
    now = _latest_turn(lab)
    return isinstance(now, events.RecoveryEntered) and now.what == BOOT_MENU


def _require_menu(lab: Lab) -> None:
    """Raise ScenarioError if what is typed now is not read by the menu."""
    now = _latest_turn(lab)
    if now is not None and not isinstance(now, events.RecoveryEntered):
        raise ScenarioError(
            "the machine is not in the recovery environment",
            where=lab.model,
            advice="Call recovery.enter(lab) first",
        )
    if lab.console_text.endswith(_SHELL):
        raise ScenarioError(
            "the shell of the recovery environment is open",
            where=lab.model,
            advice='Go back to the menu first: lab.console("exit")',
        )


def boot_into(lab: Lab, mode: str) -> events.ModeChosen | events.RecoveryEntered:
    """Restart in "normal", "safe" or "last good" mode, or into "recovery".

    A machine with a boot menu takes the entry of `ENTRIES` for it.

    Raises ScenarioError if there is no such mode, and ConditionNotMetError if the
    machine does not get there.
    """
    if mode == "recovery":
        return enter(lab)
    if mode not in MODES:
        raise ScenarioError(
            f"there is no mode {mode!r}",
            where=lab.model,
            advice=nearest(mode, (*MODES, "recovery")),
        )
    started = choose(lab, answer(enter(lab), mode))
    assert isinstance(started, events.ModeChosen)
    return started
