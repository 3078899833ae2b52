"""What becomes of a bad content file under each restart policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

from minios.abi.restart_policies import BY_NAME
from minios.lab import Happened, Lab, events, seconds


@dataclass(frozen=True)
class Case:
    """How long to watch, and how many deaths lead to the last good content."""

    policy: str
    span: int
    deaths: int


CASES: Final = (
    Case("minix", 17, 5),
    Case("launchd", 17, 0),
    Case("systemd", 4, 5),
    Case("hubris", 4, 0),
)


@pytest.mark.parametrize("case", CASES, ids=lambda it: it.policy)
def test_who_gives_up_puts_the_last_good_content_back(case: Case) -> None:
    """Who does not has to be helped: by new content, which makes the row end."""
    with Lab(model="macos", options={"restart": case.policy}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_for(seconds(case.span))
        kinds = [type(it) for it in lab.events]
        restored = next((at for at, it in enumerate(kinds) if it is events.Restored), 0)

        assert BY_NAME[case.policy].gives_up == bool(restored) == bool(case.deaths)
        if restored:
            assert kinds[:restored].count(events.DeathEvent) == case.deaths
            assert events.DeathEvent not in kinds[restored:]
            assert lab.is_protected()
            assert lab.files().exists("/SYSTEM/CONTENT/C-000291.BAD")
            return

        assert kinds.count(events.DeathEvent) > 1
        assert not lab.files().exists("/SYSTEM/CONTENT/C-000291.BAD")
        lab.push("channel-291-good")
        lab.run_until(Happened(events.ContentLoaded, version=2), within=seconds(5))
        before = len(lab.events)
        lab.run_for(seconds(3))
        assert not [
            it for it in lab.events[before:] if isinstance(it, events.DeathEvent)
        ]
        assert lab.is_protected()
