"""Each type of Endpoint Security is emitted, or there is a reason why it is not."""

from __future__ import annotations

import pytest

from minios.abi.absent_events import ABSENT, REASONS, Absence
from minios.abi.endpoint_security import ENDPOINT_SECURITY
from minios.abi.security_events import SECURITY_EVENTS


def test_each_type_of_macos_is_emitted_or_has_a_reason() -> None:
    """One of the two, and never both."""
    emitted = [it.name for it in SECURITY_EVENTS if it.apple is not None]
    excused = [name for it in ABSENT for name in it.names]
    assert sorted(emitted + excused) == sorted(it.name for it in ENDPOINT_SECURITY)
    assert len(REASONS) == len(excused)


@pytest.mark.parametrize("absence", ABSENT, ids=lambda it: it.names[0])
def test_a_reason_is_a_sentence(absence: Absence) -> None:
    """Somebody reads it who looks for the event."""
    assert absence.reason[0].isupper()
    assert absence.reason.endswith(".")
