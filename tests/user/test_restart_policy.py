"""The supervisor's restart policies, the C itself, asked on this host.

What is expected here comes from the systems after which the policies are named, not
from the table (`minios/abi/restart_policies.py`). Times are seconds.
"""

from __future__ import annotations

import ctypes
from typing import Final

import pytest

from minios.abi import restart_policies
from tests import c_library

pytestmark = pytest.mark.witness

SECOND: Final = 1_000_000_000
GIVE_UP: Final = None


class Policy:
    """A restart policy that has seen no death yet, and its own clock."""

    def __init__(self, library: ctypes.CDLL, name: str) -> None:
        self._decide = library.host_decide
        self._decide.restype = ctypes.c_uint64
        self._decide.argtypes = (ctypes.c_uint64, ctypes.c_uint64)
        self.clear = library.host_clear
        self._now = 100 * SECOND  # the machine has run for a while
        choose = library.host_choose
        choose.restype = ctypes.c_char_p
        self.name = choose(name.encode()).decode()

    def die(self, after: float) -> float | None:
        """A death after a run of so many seconds: the wait, or GIVE_UP."""
        self._now += round(after * SECOND)
        delay = self._decide(self._now, round(after * SECOND))
        assert isinstance(delay, int)
        if delay == 2**64 - 1:
            return GIVE_UP
        self._now += delay
        return delay / SECOND


@pytest.fixture(scope="module", name="library")
def built_library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The policies as a library."""
    target = tmp_path_factory.mktemp("policy") / "policy.library"
    folder = "minios/user/programs/supervis"
    sources = ["tests/user/policy_host.c", f"{folder}/restart_policy.c"]
    includes = [f"-I{folder}", "-Iminios/abi/include"]
    return ctypes.CDLL(str(c_library.build(target, *includes, sources=sources)))


@pytest.mark.parametrize(
    ("name", "runs", "waits"),
    [
        pytest.param("minix", [0.4] * 5, [0, 2, 4, 8, GIVE_UP], id="minix-burst"),
        pytest.param("minix", [0.4, 0.4, 61, 0.4], [0, 2, 0, 2], id="minix-quiet"),
        pytest.param("minix", [0.4, 60], [0, 2], id="minix-not-quite-quiet"),
        pytest.param("launchd", [0.01] * 3, [9.99] * 3, id="launchd-burst"),
        pytest.param("launchd", [9.999, 10, 11], [0.001, 0, 0], id="launchd-slow"),
        pytest.param(
            "systemd", [0.4] * 5, [0.1, 0.1, 0.1, 0.1, GIVE_UP], id="systemd-burst"
        ),
        pytest.param("systemd", [2.5] * 9, [0.1] * 9, id="systemd-slow"),
        pytest.param(
            "systemd",
            [0.4, 11, 0.4, 0.4, 0.4, 0.4, 0.4],
            [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, GIVE_UP],
            id="systemd-next-window",
        ),
        pytest.param("hubris", [0.01] * 3, [0.04] * 3, id="hubris-burst"),
        pytest.param("hubris", [0.047, 0.05, 61], [0.005] * 3, id="hubris-diagnosis"),
    ],
)
def test_a_policy_waits_as_the_system_does_after_which_it_is_named(
    library: ctypes.CDLL, name: str, runs: list[float], waits: list[float | None]
) -> None:
    """One wait after each run."""
    policy = Policy(library, name)

    assert [policy.die(run) for run in runs] == waits


@pytest.mark.parametrize("name", ["launchd", "hubris"])
def test_two_policies_never_give_up(library: ctypes.CDLL, name: str) -> None:
    """Launchd and Hubris have no limit: an hour of deaths does not end it."""
    policy = Policy(library, name)
    waits = {policy.die(after=0.01) for _ in range(1000)}

    assert GIVE_UP not in waits
    assert len(waits) == 1
    assert not restart_policies.BY_NAME[name].gives_up


def test_two_policies_give_up() -> None:
    """The table says of each row whether there is an end."""
    ending = {it.name for it in restart_policies.RESTART_POLICIES if it.gives_up}

    assert ending == {"minix", "systemd"}


@pytest.mark.parametrize("name", restart_policies.BY_NAME)
def test_new_content_gets_a_fresh_count(library: ctypes.CDLL, name: str) -> None:
    """Clearing forgets every death."""
    policy = Policy(library, name)
    first = policy.die(after=0.4)
    for _ in range(3):
        policy.die(after=0.4)
    policy.clear()

    assert policy.die(after=0.4) == first


def test_a_name_that_nobody_knows_is_the_first_policy(library: ctypes.CDLL) -> None:
    """The lab refuses it; another emulator may not."""
    assert Policy(library, "upstart").name == "minix"
    assert Policy(library, "").name == "minix"
