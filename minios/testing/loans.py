"""The labs that one test has borrowed from the stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypedDict, Unpack

from minios.abi import policies
from minios.image.plugins import BuiltPlugin
from minios.lab import ContentFile, Lab, content_files, sensors
from minios.lab.mistakes import Advised, WrongTypeError, nearest, verb
from minios.lab.setup import Setup
from minios.machine.allowance import AllowanceError
from minios.testing import replaying
from minios.testing.budgets import Budget
from minios.testing.pair import Pair
from minios.testing.plugins import PluginBuilder
from minios.testing.stock import Stock

_DICTIONARIES: Final = {
    "options": '{"first_event_ms": "0"}',
    "services": '{"sentinel": "disabled"}',
}


class Wishes(TypedDict, total=False):
    """How a lab is to be made; the arguments of `Lab` with these names."""

    content: str | Path | ContentFile
    seed: int
    options: Mapping[str, str]
    plugins: Sequence[str | Path | BuiltPlugin]
    services: Mapping[str, str]
    sensor: str
    disk: bytes


_WORDS: Final = ("model", "cold", *Wishes.__annotations__)


class Labs(Advised):
    """The fixture `lab`: makes labs for one test, and closes them after it.

    All labs of a test share its budget: `allowance` is what is left of it. `borrowed`
    are the labs so far. `reason` is why the test has failed, if it knows shorter words
    than its report.
    """

    def __init__(self, stock: Stock, budget: Budget, plugins: PluginBuilder) -> None:
        self.borrowed: list[Lab] = []
        self.reason = ""
        self.budget: Final = budget
        self.allowance: Final = budget.allowance()
        self._stock: Final = stock
        self.plugins: Final = plugins
        self._own: list[Lab] = []

    def _instead_of(self, name: str) -> str:
        if name in (*dir(Lab), "model", "setup"):
            return f'The fixture makes labs. Write lab("windows").{name}'
        return super()._instead_of(name)

    @property
    def over_budget(self) -> str:
        """The sentence with which a test fails that went past its budget; else ""."""
        refused = self.allowance.refused
        return self.budget.exceeded(refused) if refused else ""

    @verb('lab("windows", content="channel-291-latent")')
    def __call__(
        self,
        model: str = "windows",
        *,
        cold: bool = False,
        **wishes: Unpack[Wishes],
    ) -> Lab:
        """A lab that has booted; with `cold`, one before its first instruction.

            lab("macos", content="channel-291-latent", plugins=["./mine"], seed=2)

        Booted labs come from a snapshot, which takes a millisecond or two. What one
        test does with a lab cannot be seen in another.

        Raises as `Lab` does; and as `Lab.boot` if the machine does not come up. Then
        look at it with `cold=True`.
        """
        return self.of(self._setup(model, wishes), cold=cold)

    def of(self, setup: Setup, *, cold: bool = False) -> Lab:
        """The same for a setup as a whole, such as that of a recording."""
        trouble = None
        if cold:
            lab = Lab.of(setup)
            self._own.append(lab)
        else:
            lab, trouble = self._stock.lend(setup)
        lab.machine.allowance = self.allowance
        self.borrowed.append(lab)
        if isinstance(trouble, AllowanceError):
            raise AllowanceError(
                "the machine does not come up: it computes without an end",
                where=setup.model,
                advice="Look for a loop in a plugin; cold=True shows the start",
            )
        if trouble is not None:
            raise trouble
        return lab

    def _setup(self, model: str, wishes: Wishes) -> Setup:
        _require_possible(wishes)
        content, disk = wishes.get("content", content_files.FACTORY), wishes.get("disk")
        if not isinstance(content, ContentFile):
            content = content_files.find(content)
        return Setup(
            model=model,
            seed=wishes.get("seed", 1),
            options=dict(wishes.get("options", {})),
            content=content if disk is None else None,
            plugins=tuple(map(self.plugins.find, wishes.get("plugins", ()))),
            services=sensors.services(
                model, wishes.get("sensor", ""), wishes.get("services", {})
            ),
            disk=disk,
        )

    def pair(self, *, cold: bool = False, **wishes: Unpack[Wishes]) -> Pair:
        """Both worlds, set up alike. Arguments and errors are those of a single lab."""
        return Pair(
            self("windows", cold=cold, **wishes), self("macos", cold=cold, **wishes)
        )

    def replay(
        self, path: str | Path, model: str = "windows", **wishes: Unpack[Wishes]
    ) -> Lab:
        """A machine of a recording, such as one that was handed in, at its end.

            lab.replay(submission.path("session.jsonl"), "macos", seed=2)

        It must have been made as `lab(model, ...)` makes one: else its author could
        have begun with the end. Raises ScenarioError if the recording has no such
        machine, or if that ends in another way than was recorded.
        """
        return self.replayed(self._setup(model, wishes), Path(path))

    def replayed(self, setup: Setup, path: Path) -> Lab:
        """The same for a setup as a whole."""
        found, number = replaying.find(path, setup)
        lab = self.of(setup, cold=True)
        replaying.play(lab, found, number, where=path.name)
        return lab

    def give_back(self) -> None:
        """Close all labs of the test."""
        for lab in self.borrowed:
            if lab in self._own:
                lab.close()
            else:
                self._stock.take_back(lab)


def _require_possible(wishes: Mapping[str, object]) -> None:
    """Raise WrongTypeError for a word that is none, or that has no such value."""
    for name, value in wishes.items():
        if name not in Wishes.__annotations__:
            is_model = isinstance(value, str) and value in policies.BY_NAME
            raise WrongTypeError(
                f"there is no argument {name!r}",
                where="lab(...)",
                advice=f'Write model="{value}"' if is_model else nearest(name, _WORDS),
            )
        if name in _DICTIONARIES and not isinstance(value, Mapping):
            raise WrongTypeError(
                f"{name}={value!r} is no dictionary",
                where="lab(...)",
                advice=f"Write {name}={_DICTIONARIES[name]}",
            )
        if name == "plugins" and isinstance(value, str | Path | BuiltPlugin):
            raise WrongTypeError(
                "`plugins` takes a list",
                where="lab(...)",
                advice="Write plugins=[...], with one plugin or several",
            )
