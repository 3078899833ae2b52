"""The content files of the pipeline: what the vendor wants to release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from minios.abi.content import TemplateType
from minios.content import (
    ChannelFile,
    ContentError,
    Criterion,
    CriterionKind,
    Instance,
    catalogue,
    compile_source,
    decode,
    encode,
)
from minios.content.files import read_text
from minios.lab import content_files
from minios.lab.content_files import ContentFile
from minios.tutor.pipeline import definitions as shipped_definitions
from minios.visible import visible

_TEST_DETECTION = 0x2910000  # the tests' rules report this number and that of the field

_NO_VERSION = "The file has version 0, which a sensor takes for no content."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that waits for its release.

    `refusal` says in a sentence why no machine can use it; "" if one can.
    """

    name: str
    data: bytes
    refusal: str = ""


def find(name: str | Path, definitions: TemplateType) -> Candidate:
    """A file by its shipped name or by its path, compiled with these definitions.

    A path that ends in .toml is a source. A shipped file is compiled from its source
    again if the definitions are not the shipped ones. Raises ContentError if there is
    no such file, or if a source has a mistake that is not due to the definitions.
    """
    source = _source(name)
    if source is None or definitions == shipped_definitions.shipped():
        file = content_files.find(name)
        return _candidate(file.name, file.data, definitions)
    text = read_text(source)
    try:
        data = compile_source(text, (definitions,))
    except ContentError as error:
        try:
            file = content_files.find(name)
        except ContentError:
            raise type(error)(
                error.what, where=f"{source}: {error.where}", advice=error.advice
            ) from error
        why = f"The file cannot be compiled: {error.where}: {error.what}."
        return Candidate(file.name, b"", why)
    return _candidate(visible(source.stem), data, definitions)


def _candidate(name: str, data: bytes, definitions: TemplateType) -> Candidate:
    """A file, refused if it says that it is none: the validator does not look at it."""
    try:
        version = decode(data, (definitions,)).version
    except ContentError:  # the validator says why
        return Candidate(name, data)
    return Candidate(name, data, "" if version else _NO_VERSION)


def _source(name: str | Path) -> Path | None:
    if str(name) in content_files.shipped():
        path = catalogue.FOLDER / f"{name}{content_files.SOURCE}"
        return path if path.exists() else None
    return Path(name) if Path(name).suffix == content_files.SOURCE else None


def shipped() -> tuple[str, ...]:
    """The shipped files, in the order in which they are told."""
    return catalogue.NAMES


def factory(definitions: TemplateType) -> ContentFile:
    """What every machine has before the release."""
    found = find(content_files.FACTORY, definitions)
    return ContentFile(found.name, found.data)


def tests(definitions: TemplateType, *, every_field: bool) -> tuple[bytes, int]:
    """The content with which the sensor is tested, and how many rules must match.

    With `every_field` there is a rule for each field, with a pattern that every text
    matches. Otherwise there is one rule of wildcards, which reads no input at all.
    """
    wildcards = (Criterion(),) * len(definitions.fields)
    if not every_field:
        instances = [Instance(definitions.name, _TEST_DETECTION, wildcards)]
    else:
        anything = Criterion(CriterionKind.PATTERN, "*")
        instances = [
            Instance(
                definitions.name,
                _TEST_DETECTION + number,
                (*wildcards[: number - 1], anything, *wildcards[number:]),
            )
            for number in range(1, len(wildcards) + 1)
        ]
    file = ChannelFile(291, 2, tuple(instances))
    return encode(file, (definitions,)), len(instances)
