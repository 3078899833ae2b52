"""Content files from a dictionary, in the shape of `assets/content/*.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minios.content.encode import encode
from minios.content.errors import SourceError
from minios.content.source import read_table
from minios.lab import ContentFile
from minios.lab.mistakes import Advised

_NAME: Final = "content"


class ContentMaker(Advised):
    """The fixture `content`: makes content files."""

    def __call__(
        self, table: Mapping[str, object], *, name: str = _NAME
    ) -> ContentFile:
        """The content file that a table describes.

            content({"channel": 291, "version": 2, "instance": [
                {"template": "ipc", "detection": 0x1001, "match": {"pipe_name": "a*"}},
            ]})

        `name` is what records call it. Raises SourceError, which says where the mistake
        is and what to write instead, and ContentError if the file would be too large.
        """
        if not isinstance(table, Mapping):
            raise SourceError(
                f"{type(table).__name__} is not a dictionary",
                advice='Write content({"channel": 291, "version": 2, "instance": []})',
            )
        return ContentFile(name, encode(read_table(table)))
