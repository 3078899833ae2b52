"""Read the TOML that a person writes into a typed value.

    channel = 291
    version = 2

    [[instance]]
    template = "ipc"
    detection = 0x1001          # the id that the sensor reports when it matches

    [instance.match]            # a field that is not named is a wildcard
    pipe_name = "msagent_*"     # a pattern, because it contains * or ?
    process_name = "WORKLOAD"   # otherwise the input must be this text
    correlation = "*"           # exactly * is a wildcard too: the input is not read

Every mistake is reported with its place (instances count from 1), and with what to
write. A source may contain everything that the definitions allow, also a criterion in a
field for which the sensor supplies no input. To notice that is the work of the
validator.
"""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from minios import toml_text
from minios.abi import content
from minios.abi.content import TemplateType
from minios.content.encode import encode
from minios.content.errors import SourceError, suggest
from minios.content.model import (
    Action,
    ChannelFile,
    Criterion,
    CriterionKind,
    Instance,
    actions_of,
    spoken,
)

WILDCARD: Final = "*"
_PATTERN_SIGNS: Final = frozenset("*?")
_MAXIMUM_VERSION: Final = (1 << 32) - 1
_MAXIMUM_DETECTION: Final = (1 << 64) - 1
_SHOWN_BITS: Final = 80
_BYTE_ORDER_MARK: Final = "\ufeff"  # some editors put it at the beginning

_Table = Mapping[str, object]


def compile_source(
    text: str, types: Sequence[TemplateType] = content.TEMPLATE_TYPES
) -> bytes:
    """The content file that a TOML source describes, under these definitions.

    Raises `SourceError` for a mistake in the source, and `ContentError` if the file
    would be larger than the sensor takes.
    """
    return encode(read_source(text, types), types)


def read_source(
    text: str, types: Sequence[TemplateType] = content.TEMPLATE_TYPES
) -> ChannelFile:
    """The value that a TOML source describes. Raises `SourceError`."""
    try:
        table: _Table = toml_text.loads(text.removeprefix(_BYTE_ORDER_MARK))
    except ValueError as error:  # not only TOMLDecodeError: 4,300 digits, say
        raise SourceError(
            f"this is not TOML: {error}", advice="Read about TOML at toml.io"
        ) from error
    return read_table(table, types)


def read_table(
    table: _Table, types: Sequence[TemplateType] = content.TEMPLATE_TYPES
) -> ChannelFile:
    """The value that a source's table describes. Raises `SourceError`."""
    place = "the file"
    _refuse_unknown(table, ("channel", "version", "instance"), place)
    channel = _number(table, "channel", place, content.CHANNEL_NUMBER)
    if channel != content.CHANNEL_NUMBER:
        raise SourceError(
            f"the sensor does not read channel {_shown(channel)}",
            where=place,
            advice=f"Write channel = {content.CHANNEL_NUMBER}",
        )
    version = _number(table, "version", place, _MAXIMUM_VERSION)
    instances = table.get("instance", [])
    if not isinstance(instances, list):
        raise SourceError(
            "`instance` is not a list",
            where=place,
            advice="Write [[instance]], with two brackets",
        )
    return ChannelFile(
        channel,
        version,
        tuple(
            _instance(one, f"instance {n}", types) for n, one in enumerate(instances, 1)
        ),
    )


def _instance(table: object, place: str, types: Sequence[TemplateType]) -> Instance:
    if not isinstance(table, dict):
        raise SourceError(
            "this is not a table",
            where=place,
            advice="Write [[instance]] above its keys",
        )
    _refuse_unknown(table, ("template", "detection", "action", "match"), place)
    template = _template(table, place, types)
    detection = _number(table, "detection", place, _MAXIMUM_DETECTION)
    match = table.get("match", {})
    if not isinstance(match, dict):
        raise SourceError(
            "`match` is not a table",
            where=place,
            advice="Write [instance.match] and the fields below it",
        )
    for name in match:
        if name not in template.fields:
            raise SourceError(
                f"template {template.name} has no field {_shown(name)}",
                where=place,
                advice=suggest(name, template.fields),
            )
    criteria = tuple(
        criterion(match[name], f"{place}, field {number} ({name})")
        if name in match
        else Criterion()
        for number, name in enumerate(template.fields, 1)
    )
    return Instance(template.name, detection, criteria, _action(table, place, template))


def _action(table: _Table, place: str, template: TemplateType) -> Action:
    names = {it.value: it for it in actions_of(template)}
    name = table.get("action", Action.REPORT.value)
    if not isinstance(name, str) or name not in names:
        raise SourceError(
            f"template {template.name} has no action {_shown(name)}",
            where=place,
            advice=suggest(str(name), names),
        )
    return names[name]


def _template(table: _Table, place: str, types: Sequence[TemplateType]) -> TemplateType:
    name, by_name = table.get("template"), {it.name: it for it in types}
    if name is None:
        raise SourceError(
            "the template is missing",
            where=place,
            advice=f'Write template = "{content.IPC.name}"',
        )
    if not isinstance(name, str) or name not in by_name:
        raise SourceError(
            f"there is no template {_shown(name)}",
            where=place,
            advice=suggest(str(name), by_name),
        )
    return by_name[name]


def criterion(value: object, place: str) -> Criterion:
    """The criterion for a field with this value. Raises `SourceError`."""
    if not isinstance(value, str):
        raise SourceError(
            f"{_shown(value)} is not a text",
            where=place,
            advice="Put it in quotes, because the sensor compares all inputs as text",
        )
    if value == WILDCARD:
        return Criterion()
    for character in value:
        if not " " <= character <= "~":
            raise SourceError(
                f"the character {character!r} cannot be matched",
                where=place,
                advice="Use printable ASCII characters, and ? for any other",
            )
    if len(value) > content.MAXIMUM_TEXT:
        raise SourceError(
            f"the text {spoken(value[:16])}... has {len(value)} characters",
            where=place,
            advice=f"Shorten it to {content.MAXIMUM_TEXT} characters, perhaps with *",
        )
    is_pattern = not _PATTERN_SIGNS.isdisjoint(value)
    return Criterion(
        CriterionKind.PATTERN if is_pattern else CriterionKind.EQUALS, value
    )


def _number(table: _Table, key: str, place: str, most: int) -> int:
    """A required number from 0 to `most`."""
    value = table.get(key)
    if value is None:
        raise SourceError(
            f"the {key} is missing", where=place, advice=f"Write {key} = NUMBER"
        )
    if isinstance(value, bool) or not isinstance(value, int):
        raise SourceError(
            f"{key} = {_shown(value)} is not a whole number",
            where=place,
            advice="Write a whole number, without quotes",
        )
    if key != "channel" and not 0 <= value <= most:
        raise SourceError(
            f"{key} = {_shown(value)} is out of range",
            where=place,
            advice=f"Write a number from 0 to {most:#x}",
        )
    return value


def _refuse_unknown(table: _Table, known: Collection[str], place: str) -> None:
    for name in table:
        if name not in known:
            raise SourceError(
                f"there is no key {_shown(name)}",
                where=place,
                advice=suggest(name, known),
            )


def _shown(value: object) -> str:
    """A value for an error message. A long value is cut."""
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return f"a number of {value.bit_length()} bits"
    return reprlib.repr(value)
