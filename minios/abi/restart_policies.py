"""When the supervisor starts an extension again: a table of rules, one row a system.

The boot option `restart=NAME` chooses a row. Each row is named after the system whose
rule it is. Numbers without a source there are our own, and the row says which.

    death               start again             death
      |------- wait -------|------- run ----------|
                  |----- at least `interval` -----|      from start to start

An extension can also live and do nothing any more: it hangs. So the supervisor sends it
a *ping* from time to time, and goes on with its own work. If no answer has come when it
looks again, it ends the extension, and that counts as a death. This heartbeat is the
same in every row, so that the rows can be compared. It is MINIX's rule: two periods
without an answer (minix/servers/rs/request.c, do_period); the period of a second is our
own. systemd has such a thing for services that ask for it (WatchdogSec=); launchd and
Hubris have none.

The supervisor counts deaths in a row, and starts. It gives up if a row sets a limit to
one of them and the limit is reached. The C code that applies a row is
`minios/user/programs/supervis/restart_policy.c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """One rule. All times are virtual milliseconds, 0 = there is no such rule.

    Attributes:
        number: the constant RESTART_ of the guest.
        name: what the boot option calls it.
        words: the rule in a few words.
        source: where the numbers come from, and which are our own.
        first: the wait after the first death.
        wait: the wait after the second death. It doubles with each further one.
        longest: where the doubling ends.
        interval: the shortest time from one start to the next.
        starts: at most so many starts in a `window`; one more, and it gives up.
        window: see `starts`. It begins with a start.
        deaths: it gives up at so many deaths in a row.
        quiet: a run that is longer ends the row of deaths.
        ping: from one ping to the next.
        silence: an extension that has not answered a ping for so long hangs.
    """

    number: int
    name: str
    words: str
    source: str
    first: int = 0
    wait: int = 0
    longest: int = 0
    interval: int = 0
    starts: int = 0
    window: int = 0
    deaths: int = 0
    quiet: int = 60_000
    ping: int = 1_000
    silence: int = 2_000

    @property
    def gives_up(self) -> bool:
        """Whether there is an end to the restarts."""
        return bool(self.deaths or self.starts)


RESTART_POLICIES: Final = (
    RestartPolicy(
        0,
        "minix",
        "at once, then after 2, 4, 8 s; gives up at the fifth death in a row",
        "MINIX 3, minix/servers/rs/const.h and manager.c: the reincarnation server "
        "waits min(2^restarts, 30) periods of 1 s, the first time not at all. To give "
        "up is our own rule, and so is the quiet minute.",
        wait=2_000,
        longest=30_000,
        deaths=5,
    ),
    RestartPolicy(
        1,
        "launchd",
        "at least 10 s from one start to the next; never gives up",
        "launchd.plist(5), ThrottleInterval: a job is not started more than once in "
        "10 s.",
        interval=10_000,
    ),
    RestartPolicy(
        2,
        "systemd",
        "after 100 ms; gives up at the sixth start within 10 s",
        "systemd.service(5), RestartSec=100ms; systemd.unit(5), StartLimitBurst=5 and "
        "StartLimitIntervalSec=10s, by DefaultStartLimit... of systemd-system.conf(5).",
        first=100,
        wait=100,
        longest=100,
        starts=5,
        window=10_000,
    ),
    RestartPolicy(
        3,
        "hubris",
        "after 5 ms, at least 50 ms from one start to the next; never gives up",
        "Hubris, task/jefe/src/main.rs: a task that ran for less than 50 ms waits out "
        "the rest; 5 ms are left to whoever collects a diagnosis.",
        first=5,
        wait=5,
        longest=5,
        interval=50,
    ),
)
"""The first one holds if no boot option says otherwise."""

BY_NAME: Final = {it.name: it for it in RESTART_POLICIES}
