"""Go into the recovery environment and out of it, as a person at the console would.

    recovery.enter(lab)                          # reset, with F8 held down
    print(lab.console("4"))                      # the shell
    print(lab.console("rm /system/content/c-000291.sys"))
    lab.console("exit")
    recovery.choose(lab, "continue")             # returns the `ModeChosen` event

`boot_into` goes the whole way to a wanted mode.
"""

from __future__ import annotations

from typing import Final

from minios.errors import ScenarioError
from minios.lab import events
from minios.lab.conditions import Happened, seconds
from minios.lab.lab import Lab

F8: Final = "\x1b[19~"
CHOICES: Final = (
    "continue",
    "safe mode",
    "last known good",
    "shell",
    "fetch a fix",
    "switch off",
)
"""The menu of the recovery environment, in its order (user/programs/recovery.c)."""

MODES: Final = {"normal": "continue", "safe": "safe mode", "last good": CHOICES[2]}
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


def choose(lab: Lab, choice: str) -> events.ModeChosen:
    """Choose one of `CHOICES` in the menu, and wait until the start goes on.

    Raises:
        ScenarioError: there is no such choice.
        ConditionNotMetError: the start does not go on, for example without a fix.
    """
    if choice not in CHOICES:
        raise ScenarioError(
            f"the recovery environment does not offer {choice!r}",
            where=lab.model,
            advice=f"Choose one of: {', '.join(CHOICES)}",
        )
    lab.type(choice + "\r")
    within = _FIX_LIMIT if choice == "fetch a fix" else LIMIT
    return lab.run_until(Happened(events.ModeChosen), within=within)


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
            advice=f"Choose one of: {', '.join((*MODES, 'recovery'))}",
        )
    enter(lab)
    return choose(lab, MODES[mode])
