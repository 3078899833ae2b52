"""The content files in `assets/content`, and how each of them is made.

Most are compiled from the TOML file of the same name. Two cannot be written as TOML:
one is another file cut short, and one is noise. Both come from a seed, so they can be
made again. `write` makes all files again, and a test compares them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.content.errors import FileError, suggest
from minios.content.mutate import MutationKind, mutate
from minios.content.source import compile_source

FOLDER: Final = paths.ASSETS / "content"
SOURCE_SUFFIX: Final = ".toml"
SUFFIX: Final = ".sys"
"""The suffix of the real files, too. They are not executables, in spite of it."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A file compiled from the TOML file with the same name."""

    name: str

    def make(self, folder: Path) -> bytes:
        """The bytes of the file."""
        source = folder / (self.name + SOURCE_SUFFIX)
        return compile_source(source.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Truncated:
    """Another file of the catalogue, cut short at a place that the seed chooses."""

    name: str
    origin: str
    seed: int

    def make(self, folder: Path) -> bytes:
        """The bytes of the file."""
        whole = Compiled(self.origin).make(folder)
        return mutate(whole, seed=self.seed, kind=MutationKind.TRUNCATE).data


@dataclass(frozen=True, slots=True)
class Noise:
    """Random bytes from a seed."""

    name: str
    size: int
    seed: int

    def make(self, _: Path) -> bytes:
        """The bytes of the file."""
        generator = random.Random(self.seed)  # noqa: S311 - noise that can be repeated
        return generator.randbytes(self.size)


CATALOGUE: Final = (
    Compiled("channel-291-factory"),
    Compiled("channel-291-good"),
    Compiled("channel-291-latent"),
    Compiled("channel-291-bad"),
    Compiled("channel-291-bad-user-half"),
    Compiled("channel-291-block"),
    Truncated("channel-291-truncated", origin="channel-291-good", seed=291),
    Noise("channel-291-random", size=4096, seed=291),
)
NAMES: Final = tuple(entry.name for entry in CATALOGUE)


def make_all(folder: Path = FOLDER) -> dict[str, bytes]:
    """All files, made again from the sources in a folder, by name."""
    return {entry.name: entry.make(folder) for entry in CATALOGUE}


def write(folder: Path = FOLDER) -> None:
    """Make all files again, and write them into the folder of the sources."""
    for name, data in make_all(folder).items():
        (folder / (name + SUFFIX)).write_bytes(data)


def path_of(name: str) -> Path:
    """The path of the file with this name. Raises `FileError` if there is none."""
    if name not in NAMES:
        raise FileError(
            "there is no content file of this name",
            where=name,
            advice=suggest(name, NAMES),
        )
    return FOLDER / (name + SUFFIX)


def load(name: str) -> bytes:
    """The committed bytes of the file with this name, such as "channel-291-bad"."""
    return path_of(name).read_bytes()
