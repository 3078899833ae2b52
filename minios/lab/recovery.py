"""Go into the recovery environment and out of it, as a person at the console would.

    recovery.enter(lab)                          # reset, with F8 held down
    recovery.choose(lab, "shell")                # returns the `RecoveryChosen` event
    print(lab.console("rm /system/content/c-000291.sys"))
    lab.console("exit")
    recovery.choose(lab, "continue")             # returns the `ModeChosen` event

`boot_into` goes the whole way to a wanted mode.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, overload

from minios.errors import ScenarioError
from minios.lab import events
from minios.lab.conditions import Happened, seconds
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

    Returns how the start goes on; for "shell", at its prompt, that it was chosen; and
    for "switch off" that the machine is off.

    Raises:
        ScenarioError: there is no such choice, or the menu is not there to choose from.
        ConditionNotMetError: the start does not go on, for example without a fix.
    """
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


def _require_menu(lab: Lab) -> None:
    """Raise ScenarioError if what is typed now is not read by the menu."""
    now = next((it for it in reversed(lab.events) if isinstance(it, _TURNS)), None)
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
    enter(lab)
    started = choose(lab, MODES[mode])
    assert isinstance(started, events.ModeChosen)
    return started
