"""The labs that one test has borrowed from the stock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from minios.lab import ContentFile, Lab, content_files
from minios.lab.setup import Setup
from minios.machine.allowance import AllowanceError
from minios.testing.budgets import Budget
from minios.testing.pair import Pair
from minios.testing.stock import Stock


class Labs:
    """The fixture `lab`: makes labs for one test, and closes them after it.

    All labs of a test share its budget. `borrowed` are the labs so far.
    """

    def __init__(self, stock: Stock, budget: Budget) -> None:
        self.borrowed: list[Lab] = []
        self.budget: Final = budget
        self._allowance: Final = budget.allowance()
        self._stock: Final = stock
        self._own: list[Lab] = []

    @property
    def is_over_budget(self) -> bool:
        """Whether the machines of the test were stopped because of its budget."""
        return self._allowance.is_used_up

    def __call__(
        self,
        model: str = "windows",
        *,
        content: str | Path | ContentFile = content_files.FACTORY,
        seed: int = 1,
        options: Mapping[str, str] | None = None,
        services: Mapping[str, str] | None = None,
        cold: bool = False,
    ) -> Lab:
        """A lab that has booted; with `cold`, one before its first instruction.

        The arguments are those of `Lab`. Booted labs come from a snapshot, which takes
        a millisecond or two. What one test does with a lab cannot be seen in another.

        Raises as `Lab` does; and as `Lab.boot` if the machine does not come up. Then
        look at it with `cold=True`.
        """
        if not isinstance(content, ContentFile):
            content = content_files.find(content)
        setup = Setup(
            model=model,
            content=content,
            seed=seed,
            options=dict(options or {}),
            services=dict(services or {}),
        )
        trouble = None
        if cold:
            lab = Lab.of(setup)
            self._own.append(lab)
        else:
            lab, trouble = self._stock.lend(setup)
        lab.machine.allowance = self._allowance
        self.borrowed.append(lab)
        if isinstance(trouble, AllowanceError):
            raise AllowanceError(
                "the machine does not come up: it computes without an end",
                where=model,
                advice="Look for a loop in a plugin; cold=True shows the start",
            )
        if trouble is not None:
            raise trouble
        return lab

    def pair(
        self,
        *,
        content: str | Path | ContentFile = content_files.FACTORY,
        seed: int = 1,
        options: Mapping[str, str] | None = None,
        services: Mapping[str, str] | None = None,
        cold: bool = False,
    ) -> Pair:
        """Both worlds, set up alike. Arguments and errors are those of a single lab."""

        def world(model: str) -> Lab:
            return self(
                model,
                content=content,
                seed=seed,
                options=options,
                services=services,
                cold=cold,
            )

        return Pair(world("windows"), world("macos"))

    def give_back(self) -> None:
        """Close all labs of the test."""
        for lab in self.borrowed:
            if lab in self._own:
                lab.close()
            else:
                self._stock.take_back(lab)
