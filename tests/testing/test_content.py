"""Content files from dictionaries."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from minios import paths
from minios.content.errors import ContentError
from minios.lab import Happened, Lab, content_files, events, seconds
from minios.testing import ContentMaker

_INSTANCE: dict[str, Any] = {
    "template": "ipc",
    "detection": 4097,
    "match": {"pipe_name": "msagent_*"},
}
_GOOD: dict[str, Any] = {"channel": 291, "version": 9, "instance": [_INSTANCE]}


@pytest.mark.parametrize("name", ["channel-291-bad", "channel-291-good"])
def test_a_dictionary_is_what_a_source_says(content: ContentMaker, name: str) -> None:
    """The files in assets/content have the shape that the fixture takes."""
    source = (paths.ASSETS / "content" / f"{name}.toml").read_text(encoding="utf-8")

    made = content(tomllib.loads(source))

    assert made.data == content_files.find(name).data


def test_a_lab_loads_it(content: ContentMaker, macos: Lab) -> None:
    """By a push, under the name that the test gives it."""
    pushed = macos.push(content(_GOOD, name="mine"))

    loaded = macos.run_until(Happened(events.ContentLoaded), within=seconds(1))
    assert (pushed.name, loaded.version, loaded.instances) == ("mine", 9, 1)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("text", "str is not a dictionary. Write content"),
        ({}, "the file: the channel is missing. Write channel = NUMBER"),
        (_GOOD | {"chanel": 1}, "there is no key 'chanel'. Did you mean 'channel'?"),
        (_GOOD | {"version": "9"}, "version = '9' is not a whole number"),
        (_GOOD | {"instance": _INSTANCE}, "`instance` is not a list"),
        (
            _GOOD | {"instance": [_INSTANCE | {"template": "ipcx"}]},
            "instance 1: there is no template 'ipcx'. Did you mean 'ipc'?",
        ),
        (
            _GOOD | {"instance": [_INSTANCE | {"match": {"pipename": "a"}}]},
            "template ipc has no field 'pipename'. Did you mean 'pipe_name'?",
        ),
        (
            _GOOD | {"instance": [_INSTANCE | {"match": {"pipe_name": "a\n"}}]},
            "the character '\\n' cannot be matched",
        ),
    ],
)
def test_a_mistake_is_one_sentence(
    content: ContentMaker, table: dict[str, Any], words: str
) -> None:
    """It says where the mistake is, and what to write."""
    with pytest.raises(ContentError) as caught:
        content(table)

    assert words in str(caught.value)
