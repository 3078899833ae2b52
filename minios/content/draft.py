"""A content file while somebody fills in a form: the text in each input of the form.

There is a sheet for the head of the file, and one for each instance. An input may hold
any text, also what no file can hold, because a person is still typing. `said` explains
one input. `read_draft` makes the file from all inputs.

    (nothing) or *   a wildcard: the field's input is not read
    mojo.*  st_??    a pattern
    WORKLOAD         the field's input must be this text
    "" or " x "      the same for a text in quotes, which may be empty
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final, NamedTuple, TypeAlias

from minios.abi import content
from minios.abi.content import TemplateType
from minios.abi.memory_map import DIRECT_MAP, USER_TOP
from minios.content.errors import SourceError
from minios.content.model import (
    Action,
    ChannelFile,
    Criterion,
    CriterionKind,
    Instance,
)
from minios.content.source import WILDCARD, read_table
from minios.content.validate import SUPPLIED

Sheet: TypeAlias = Mapping[str, str]
"""The texts in the inputs of the head, or of an instance, by their names."""

_INSTANCE_HEAD: Final = ("template", "detection", "action")
_IN_THE_FILE: Final = {"template": "type"}
_FIRST_OWN_DETECTION: Final = 0x2001
_QUOTE: Final = '"'


class FieldRef(NamedTuple):
    """An input of the head (`instance` is 0), or of an instance (counted from 1)."""

    instance: int
    key: str

    @property
    def path(self) -> str:
        """The name in `spans.py` of the field or structure that the input becomes."""
        if not self.instance:
            return f"header.{self.key}"
        return f"instance.{self.instance}.{_IN_THE_FILE.get(self.key, self.key)}"

    @property
    def is_number(self) -> bool:
        """Whether the input must be a number."""
        return not self.instance or self.key == "detection"

    def owns(self, path: str) -> bool:
        """Whether a span of this name belongs to it."""
        return path == self.path or path.startswith(f"{self.path}.")


class Said(NamedTuple):
    """What an input means, in few words and in a sentence, or what is wrong with it."""

    short: str
    words: str
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The sheet of the head, then the sheets of the instances. They never change."""

    sheets: tuple[Sheet, ...]

    @property
    def instances(self) -> int:
        """How many instances there are."""
        return len(self.sheets) - 1

    def template(self, instance: int) -> TemplateType:
        """The template type whose fields an instance has."""
        names = tuple(field.key for field in self.fields(instance))
        return next(it for it in content.TEMPLATE_TYPES if it.fields == names)

    def text(self, field: FieldRef) -> str:
        """The text in one field."""
        return self.sheets[field.instance][field.key]

    def with_text(self, field: FieldRef, text: str) -> Draft:
        """The draft with another text in one field.

        The name of another template brings its fields; what is in fields that both
        templates have stays.
        """
        sheet = {**self.sheets[field.instance], field.key: text}
        if field.key == "template" and text in content.BY_NAME:
            names = (*_INSTANCE_HEAD, *content.BY_NAME[text].fields)
            sheet = {name: sheet.get(name, "") for name in names}
        sheets = list(self.sheets)
        sheets[field.instance] = sheet
        return Draft(tuple(sheets))

    def with_instance(self) -> Draft:
        """The draft with one more instance at the end, which matches everything."""
        taken = {sheet["detection"] for sheet in self.sheets[1:]}
        detection = next(n for n in count(_FIRST_OWN_DETECTION) if hex(n) not in taken)
        added = Instance(
            content.IPC.name, detection, (Criterion(),) * len(content.IPC.fields)
        )
        return Draft((*self.sheets, _sheet(added)))

    def without(self, instance: int) -> Draft:
        """The draft without one of its instances."""
        assert 1 <= instance <= self.instances, instance
        return Draft(self.sheets[:instance] + self.sheets[instance + 1 :])

    def all_fields(self, instance: int) -> tuple[FieldRef, ...]:
        """All fields of the head (0), or of an instance."""
        return tuple(FieldRef(instance, key) for key in self.sheets[instance])

    def fields(self, instance: int) -> tuple[FieldRef, ...]:
        """The fields of an instance that its template names: without its head."""
        found = self.all_fields(instance)
        return tuple(field for field in found if field.key not in _INSTANCE_HEAD)


def draft_of(file: ChannelFile) -> Draft:
    """A form that is filled in from a file."""
    head = {"channel": str(file.channel), "version": str(file.version)}
    return Draft((head, *(_sheet(instance) for instance in file.instances)))


def _sheet(instance: Instance) -> Sheet:
    names = instance.template_type.fields
    return {
        "template": instance.template,
        "detection": f"{instance.detection:#x}",
        "action": instance.action.value,
        **{
            name: _as_input(criterion)
            for name, criterion in zip(names, instance.criteria, strict=True)
        },
    }


def _as_input(criterion: Criterion) -> str:
    """The reverse of `_meant`."""
    text = criterion.text
    if criterion.kind is CriterionKind.ANY:
        return ""
    is_plain = text.strip() == text != "" and not _is_quoted(text)
    return text if is_plain else f"{_QUOTE}{text}{_QUOTE}"


def _meant(text: str) -> str:
    """The text that an input stands for: what a TOML source would say."""
    if not text:
        return WILDCARD
    return text[1:-1] if _is_quoted(text) else text


def _is_quoted(text: str) -> bool:
    return len(text) > 1 and text[0] == text[-1] == _QUOTE


def read_draft(draft: Draft) -> ChannelFile:
    """The file that the inputs of the form describe.

    Raises `SourceError` for the first input with a mistake.
    """
    head, *instances = (dict(_values(draft, n)) for n in range(len(draft.sheets)))
    return read_table({**head, "instance": [_table(values) for values in instances]})


def _values(draft: Draft, instance: int) -> Iterator[tuple[str, object]]:
    for field in draft.all_fields(instance):
        yield field.key, _value(field, draft.text(field))


def _table(values: Mapping[str, object]) -> dict[str, object]:
    """An instance as a table of the TOML source."""
    head = {key: values[key] for key in _INSTANCE_HEAD}
    match = {key: it for key, it in values.items() if key not in _INSTANCE_HEAD}
    return {**head, "match": match}


def _value(field: FieldRef, text: str) -> object:
    """The value of a field, as in the TOML source."""
    if not field.is_number:
        return text if field.key in _INSTANCE_HEAD else _meant(text)
    try:
        return int(text, 0)
    except ValueError:
        raise SourceError(
            f"{field.key} is not a whole number",
            where=f"instance {field.instance}" if field.instance else "the file",
            advice="Write a number like 4, or like 0x1001",
        ) from None


def said(field: FieldRef, text: str, template: TemplateType = content.IPC) -> Said:
    """What a field with this text means, or what is wrong with it.

    `template` is the type of the instance that the field belongs to.
    """
    one = FieldRef(min(field.instance, 1), field.key)
    blank = _BLANK.with_text(FieldRef(1, "template"), template.name)
    try:
        file = read_draft(blank.with_text(one, text))
    except SourceError as error:
        return Said(error.what, f"{error.what}. {error.advice}", is_wrong=True)
    if not field.instance:
        return _HEAD_SAID[field.key]
    instance = file.instances[0]
    if field.key == "template":
        fields, supplied = len(instance.criteria), SUPPLIED[instance.template]
        words = f"{fields} fields, for which the sensor supplies {supplied} inputs"
        return Said(f"{fields} fields", words)
    if field.key == "detection":
        half = _half(instance.detection)
        return Said(half, f"the id that the sensor reports; as an address: {half}")
    if field.key == "action":
        return _ACTION_SAID[instance.action]
    return _FIELD_SAID[instance.criteria[template.fields.index(field.key)].kind]


_BLANK: Final = draft_of(ChannelFile(content.CHANNEL_NUMBER, 0, ())).with_instance()
_HEAD_SAID: Final = {
    "channel": Said("the sensor's", "the channel that the sensor reads"),
    "version": Said("", "the version of this content, which the sensor reports"),
}
_ACTION_SAID: Final = {
    Action.REPORT: Said("only reports", "report: the sensor reports the detection"),
    Action.BLOCK: Said(
        "reports, denies", "block: it reports the detection, and denies the operation"
    ),
}
_FIELD_SAID: Final = {
    CriterionKind.ANY: Said(
        "wildcard: not compared",
        "wildcard: it always matches, and its input is not read",
    ),
    CriterionKind.EQUALS: Said("equals", "equals: the input must be this text"),
    CriterionKind.PATTERN: Said(
        "pattern", "pattern: * stands for any text, ? for one character"
    ),
}


def _half(detection: int) -> str:
    """The half of the address space to which an id points, if it is an address."""
    if detection == 0:
        return "null"
    if detection < USER_TOP:
        return "the user's half"
    if detection >= DIRECT_MAP:
        return "the kernel's half"
    return "none, not canonical"
