"""Read the types and variables of an image from its debug information (DWARF).

Only what data needs is read: no functions, no qualifiers. Bit fields are left out.

All of the kernel takes a second. So the build keeps what this module reads
(`layout_index.py`).
"""

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Final

from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

from minios.errors import ImageError
from minios.image import elf
from minios.image.c_types import Field, Kind, Type, Unit, Variable

_ADDRESS_FOLLOWS: Final = 3  # DW_OP_addr
_SIGNED: Final = (5, 6, 13)  # DW_ATE_signed, signed_char, signed_fixed
_BOOLEAN: Final = 2


def read(content: bytes, path: Path) -> dict[str, Unit]:
    """The source files of an image with these bytes. `path` names it in messages.

    Raises ImageError if there is no debug information, or if it is malformed.
    """
    with elf.told(path):
        file = ELFFile(BytesIO(content))
        if file.has_dwarf_info():
            dwarf = file.get_dwarf_info(follow_links=False)
            return _Reader([unit.get_top_DIE() for unit in dwarf.iter_CUs()]).units()
    raise ImageError(
        "the file has no debug information",
        where=str(path),
        advice="Build it again with `minios dev build --force`",
    )


class _Reader:
    """Reads the source files whose topmost entries are given."""

    def __init__(self, tops: list[DIE]) -> None:
        self._tops: Final = tops
        self._types: Final[dict[int, Type]] = {}

    def units(self) -> dict[str, Unit]:
        return {_text(top): self._unit(top) for top in self._tops}

    def _unit(self, top: DIE) -> Unit:
        unit = Unit({}, {})
        for die in top.iter_children():
            name = _text(die)
            if die.tag == "DW_TAG_variable" and name:
                address = _address(die)
                if address is not None:
                    kind = self._type_of(die)
                    unit.variables[name] = Variable(_text(top), name, address, kind)
            elif _is_structure(die) and name:
                unit.structures.setdefault(name, self._type(die))
        return unit

    def _type_of(self, die: DIE) -> Type:
        if "DW_AT_type" not in die.attributes:
            return Type(Kind.OPAQUE, "void")
        return self._type(die.get_DIE_from_attribute("DW_AT_type"))

    def _type(self, die: DIE) -> Type:
        known = self._types.get(die.offset)
        if known is not None:
            return known
        made = Type(Kind.OPAQUE, _text(die), _number(die, "DW_AT_byte_size"))
        self._types[die.offset] = made
        match die.tag:
            case "DW_TAG_base_type":
                made.kind = _base_kind(_number(die, "DW_AT_encoding"))
            case "DW_TAG_pointer_type":
                made.kind, made.size = Kind.POINTER, 8
                made.target = self._type_of(die)
            case "DW_TAG_enumeration_type":
                made.kind = Kind.ENUM
                made.names = {
                    _number(it, "DW_AT_const_value"): _text(it)
                    for it in die.iter_children()
                }
            case "DW_TAG_structure_type" | "DW_TAG_union_type":
                made.kind = Kind.STRUCTURE
                whole = self._whole(die)
                made.size = _number(whole, "DW_AT_byte_size")
                made.fields = self._fields(whole)
            case "DW_TAG_array_type":
                self._array(made, die)
            case "DW_TAG_typedef" | "DW_TAG_const_type" | "DW_TAG_volatile_type":
                made = self._types[die.offset] = self._type_of(die)
        return made

    def _whole(self, die: DIE) -> DIE:
        """Find the definition of a structure that its source file only declares."""
        if "DW_AT_declaration" not in die.attributes:
            return die
        return self._definitions.get(_text(die), die)

    @cached_property
    def _definitions(self) -> dict[str, DIE]:
        return {
            _text(die): die
            for top in self._tops
            for die in top.iter_children()
            if _is_structure(die)
        }

    def _fields(self, die: DIE) -> dict[str, Field]:
        """The members.

        Members of a union without a name belong to the outer structure.
        """
        fields: dict[str, Field] = {}
        for member in die.iter_children():
            if member.tag != "DW_TAG_member":
                continue
            offset = _number(member, "DW_AT_data_member_location")
            own, kind = _text(member), self._type_of(member)
            if own:
                fields[own] = Field(offset, kind)
            else:
                for name, inner in kind.fields.items():
                    fields[name] = Field(offset + inner.offset, inner.type)
        return fields

    def _array(self, made: Type, die: DIE) -> None:
        """An array. An array of arrays becomes one array with more elements."""
        made.kind, made.target, made.count = Kind.ARRAY, self._type_of(die), 1
        for bound in die.iter_children():
            count = _number(bound, "DW_AT_count")
            made.count *= count or _number(bound, "DW_AT_upper_bound") + 1
        made.size = made.count * made.target.size


def _address(die: DIE) -> int | None:
    """The address of a variable. None if it has none."""
    location = die.attributes.get("DW_AT_location")
    if location is None or location.value[:1] != [_ADDRESS_FOLLOWS]:
        return None
    return int.from_bytes(bytes(location.value[1:9]), "little")


def _is_structure(die: DIE) -> bool:
    """Whether this is a structure with its members."""
    declared = "DW_AT_declaration" in die.attributes
    return die.tag == "DW_TAG_structure_type" and not declared


def _text(die: DIE) -> str:
    attribute = die.attributes.get("DW_AT_name")
    return "" if attribute is None else attribute.value.decode()


def _number(die: DIE, name: str) -> int:
    attribute = die.attributes.get(name)
    return attribute.value if attribute and isinstance(attribute.value, int) else 0


def _base_kind(encoding: int) -> Kind:
    if encoding == _BOOLEAN:
        return Kind.BOOL
    return Kind.SIGNED if encoding in _SIGNED else Kind.NUMBER
