"""Which build of minios this is, as a short text that no other build has.

A recording and a snapshot mean something to the build that made them: another kernel
or another program on the disk would do other things at the same moments.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

import minios
from minios import paths
from minios.lab import content_files
from minios.lab.system_disk import system_files

_DIGITS: Final = 16  # of SHA-256, in hexadecimal: 64 bits tell builds apart


@lru_cache(maxsize=1)
def digest() -> str:
    """Of the version, the kernel, all files of the guest's disk and its first content.

    Raises ImageError if the guest has not been built.
    """
    factory = content_files.find(content_files.FACTORY)
    pieces = {
        "version": minios.__version__.encode(),
        "kernel": paths.guest_file("kernel.elf").read_bytes(),
        "content": factory.data,
        **system_files(),
    }
    found = hashlib.sha256()
    for name, data in sorted(pieces.items()):
        found.update(f"{name} {len(data)}\n".encode() + data)
    return found.hexdigest()[:_DIGITS]
