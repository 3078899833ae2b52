"""The supervisor's restart policy, the C itself, asked on this host.

The numbers are those of MINIX 3's reincarnation server: at once, then min(2^n, 30) s.
"""

from __future__ import annotations

import ctypes

import pytest

from tests import c_library

pytestmark = pytest.mark.witness

SECOND = 1_000_000_000
GIVE_UP = 2**64 - 1


class Policy:
    """A restart policy that has seen no death yet."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._decide = library.host_decide
        self._decide.restype = ctypes.c_uint64
        self._decide.argtypes = (ctypes.c_uint64,)
        self.clear = library.host_clear
        self.clear()

    def die(self, after: float) -> int:
        """A death after so many seconds: the delay in nanoseconds, or GIVE_UP."""
        delay = self._decide(int(after * SECOND))
        assert isinstance(delay, int)
        return delay


@pytest.fixture(scope="module", name="library")
def built_library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The policy as a library."""
    target = tmp_path_factory.mktemp("policy") / "policy.library"
    folder = "minios/user/programs/supervis"
    sources = ["tests/user/policy_host.c", f"{folder}/restart_policy.c"]
    return ctypes.CDLL(str(c_library.build(target, f"-I{folder}", sources=sources)))


@pytest.fixture(name="policy")
def fresh_policy(library: ctypes.CDLL) -> Policy:
    """A policy without a past."""
    return Policy(library)


def test_a_burst_is_answered_at_once_then_ever_later_then_not_at_all(
    policy: Policy,
) -> None:
    """0, 2, 4, 8 seconds, and the fifth death is the last."""
    delays = [policy.die(after=0.4) for _ in range(5)]

    assert delays == [0, 2 * SECOND, 4 * SECOND, 8 * SECOND, GIVE_UP]


def test_a_run_of_more_than_a_minute_clears_the_count(policy: Policy) -> None:
    """After it the next death is a first one again."""
    policy.die(after=0.4)
    policy.die(after=0.4)

    assert policy.die(after=61) == 0
    assert policy.die(after=0.4) == 2 * SECOND


def test_a_run_of_a_minute_just_is_not_yet_quiet(policy: Policy) -> None:
    """The border itself still belongs to the burst."""
    policy.die(after=0.4)

    assert policy.die(after=60) == 2 * SECOND


def test_new_content_gets_a_fresh_count(policy: Policy) -> None:
    """Clearing forgets every death."""
    for _ in range(4):
        policy.die(after=0.4)
    policy.clear()

    assert policy.die(after=0.4) == 0
