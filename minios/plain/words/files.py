"""Content files: what the validators say, and the bytes of a file field by field."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from minios.content import FieldSpan, FilePart, Validator, inspect, validate
from minios.content.model import CriterionKind, Instance
from minios.content.validate import SUPPLIED
from minios.session.spoken import counted

_BYTES_SAID: Final = 8


def verdict(data: bytes, validator: Validator) -> str:
    """What a validator says of a file."""
    found = validate(data, validator)
    verb = "accepts" if found.accepted else "refuses"
    return f"The {validator.value} validator {verb} it: {found.words}."


def summary(data: bytes) -> list[str]:
    """What a file contains, as far as the sensor could read it."""
    found = inspect(data)
    said = [f"{counted(len(data), 'byte')}. The sensor: {found.verdict.words}."]
    if found.file is not None:
        count = counted(len(found.file.instances), "instance")
        said.append(
            f"Channel {found.file.channel}, version {found.file.version}, {count}."
        )
        said += [_instance(n, it) for n, it in enumerate(found.file.instances, 1)]
    return said


def _instance(number: int, instance: Instance) -> str:
    supplied = SUPPLIED[instance.template]
    told, wildcards = [], 0
    names = instance.template_type.fields
    for at, (name, criterion) in enumerate(
        zip(names, instance.criteria, strict=True), 1
    ):
        if criterion.kind is CriterionKind.ANY:
            wildcards += 1
            continue
        beyond = f", but the sensor supplies {supplied} inputs" * (at > supplied)
        told.append(f"field {at}, {name}, {criterion}{beyond}; ")
    return (
        f"Instance {number}, {instance.template}, detection {instance.detection:#x}: "
        f"{''.join(told)}{counted(wildcards, 'wildcard')}."
    )


@dataclass(frozen=True, slots=True)
class Passage:
    """Fields that belong together and are neighbours in the file."""

    title: str
    spans: tuple[FieldSpan, ...]

    @property
    def words(self) -> str:
        """What the fields are, and where."""
        first, last = self.spans[0].start, self.spans[-1].end - 1
        fields = counted(len(self.spans), "field")
        return f"{self.title}, offsets {first:#x} to {last:#x}, {fields}"


def passages(data: bytes) -> tuple[Passage, ...]:
    """The passages of the whole file, in order."""
    runs = groupby(inspect(data).spans, key=_title)
    return tuple(Passage(title, tuple(spans)) for title, spans in runs)


def fields(data: bytes, passage: Passage) -> list[str]:
    """A line for each field. Criteria with only zeros share one line."""
    told: list[str] = []
    criteria = groupby(passage.spans, key=lambda span: span.field.rpartition(".")[0])
    runs = groupby(
        (list(own) for _, own in criteria),
        key=lambda own: _is_blank_criterion(data, own),
    )
    for blank, run in runs:
        spans = [list(own) for own in run]
        if blank and len(spans) > 1:
            told.append(_blank(spans))
        else:
            told += [field(data, span) for own in spans for span in own]
    return told


def _is_blank_criterion(data: bytes, own: list[FieldSpan]) -> bool:
    is_criterion = own[0].part is FilePart.CRITERION
    return is_criterion and not any(data[own[0].start : own[-1].end])


def _blank(criteria: list[list[FieldSpan]]) -> str:
    first, last = criteria[0][0], criteria[-1][-1]
    names = [own[0].field.split(".")[-2].replace("_", " ") for own in criteria]
    return (
        f"Offsets {first.start:#x} to {last.end - 1:#x}: {len(criteria)} wildcards, "
        f"every byte zero, from {names[0]} to {names[-1]}."
    )


def field_at(data: bytes, offset: int) -> str:
    """The field that a byte belongs to."""
    spans = inspect(data).spans
    return field(data, next(it for it in spans if it.start <= offset < it.end))


def field(data: bytes, span: FieldSpan) -> str:
    """One field: its offset, its name, its bytes, its value."""
    length = span.end - span.start
    if span.part in {FilePart.PADDING, FilePart.UNREAD}:
        return f"Offset {span.start:#x}: {span.part.value}, {span.value}."
    shown = data[span.start : min(span.end, span.start + _BYTES_SAID)].hex(" ")
    more = " and so on" if length > _BYTES_SAID else ""
    return (
        f"Offset {span.start:#x}: {_name(span)}, {counted(length, 'byte')}, "
        f"{shown}{more}, value {span.value}."
    )


def _title(span: FieldSpan) -> str:
    where, _, _ = span.field.rpartition(".")
    instance = " ".join(where.split(".")[:2])
    return {
        FilePart.HEADER: "the header",
        FilePart.INSTANCE: f"{instance}, its own fields",
        FilePart.CRITERION: f"{instance}, its criteria",
        FilePart.TEXT: f"{instance}, its texts",
    }.get(span.part, span.part.value)


def _name(span: FieldSpan) -> str:
    """`instance.1.correlation.kind` -> `instance 1, correlation, kind`."""
    first, *rest = span.field.split(".")
    if first == "instance" and rest:
        first, rest = f"instance {rest[0]}", rest[1:]
    return ", ".join([first, *(name.replace("_", " ") for name in rest)])
