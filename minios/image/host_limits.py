"""Run the compiler and the linker under limits of the host.

What they read may come from a stranger: a source can keep a compiler busy for hours,
and can make it fill the memory or the disk. This is the one place where virtual time
cannot serve. On POSIX systems the shell sets limits of CPU time, memory and file size
before the tool begins. On every system a tool that takes too long is ended.

A tool gets no input, no variables of the environment (some of them add folders to
search in), and no place for temporary files but the folder that it is given.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from minios.errors import ImageError

CPU_SECONDS: Final = 2  # a usual file needs 0.03
_MEMORY_KIB: Final = 1 << 20
_FILE_BLOCKS: Final = 4 << 11  # 4 MiB, in blocks of 512 bytes; the kernel has 0.5
_WALL_SECONDS: Final = 120
_CRASHES: Final = 128  # a tool that has crashed ends with at least this code
_MOST_OUTPUT: Final = 64 << 10
_KEPT: Final = ("SYSTEMROOT",)  # without it no program starts on Windows

_LIMITS: Final = {"c": 0, "t": CPU_SECONDS, "f": _FILE_BLOCKS, "v": _MEMORY_KIB}
_ENDINGS: Final = {
    -9: f"needs more than {CPU_SECONDS} seconds of the processor",  # SIGKILL
    -24: f"needs more than {CPU_SECONDS} seconds of the processor",  # SIGXCPU
    -25: f"writes more than {_FILE_BLOCKS >> 11} MiB",  # SIGXFSZ
}


class LimitError(ImageError):
    """A tool has gone beyond a limit."""


def run(command: Sequence[str], *, folder: Path, scratch: Path, what: str) -> str:
    """Run a tool in a folder. Returns what it printed; "" if it printed nothing.

    Args:
        command: the path of the tool, and its arguments.
        folder: where it runs.
        scratch: an existing folder for its temporary files.
        what: what it does, for messages: "compiling drivers/x/x.c".

    Raises ImageError with its messages if it fails, and LimitError if it goes beyond a
    limit.
    """
    shell = _shell() if os.name == "posix" else ()
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    try:
        done = subprocess.run(  # noqa: S603 - our own tool; the shell gets fixed text
            [*shell, *command],
            cwd=folder,
            env={**kept, **places},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(what, f"takes more than {_WALL_SECONDS} seconds") from error
    if done.returncode in _ENDINGS:
        raise _refused(what, _ENDINGS[done.returncode])
    if not 0 <= done.returncode < _CRASHES:
        memory = f"needs more than {_MEMORY_KIB >> 10} MiB of memory"
        raise _refused(what, f"{memory}, or crashes the compiler")
    output = done.stdout[:_MOST_OUTPUT].decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise ImageError(f"{what} failed:\n{output or 'no message'}")
    return output


def _shell() -> tuple[str, ...]:
    """A shell that sets the limits and becomes the tool (exec).

    A limit that the host does not have is left out.
    """
    limits = (f"ulimit -{key} {most} 2>/dev/null; " for key, most in _LIMITS.items())
    return ("/bin/sh", "-c", "".join(limits) + 'exec "$0" "$@"')


def _refused(what: str, why: str) -> LimitError:
    return LimitError(
        f"refused: {what} {why}",
        advice="Make the source simpler: look for macros that grow, and large arrays",
    )
