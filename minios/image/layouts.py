"""The layout of a guest image's data, by the names in its source.

To look into a kernel's memory from outside, one needs more than addresses: that the
list of threads begins at `ready_first`, and that `next` is 16 bytes into a thread. The
compiler has written this down (DWARF), and this module reads it.

    layouts = load(paths.KERNEL)
    first = layouts.variable("tasks/thread.c", "ready_first")
    first.address, first.type.target.fields["next"].offset

The end of its path names a source file, because two files may each have a static
`next_id`. Only what data needs is read: no functions, no qualifiers. Bit fields are
left out.

Invariant: any thread may ask. The parser moves about in one stream, and a type is
filled in after it was made. So only one thread reads at a time.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from threading import RLock
from typing import Final

from elftools.common.exceptions import ELFError
from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

from minios.errors import ImageError

_ADDRESS_FOLLOWS: Final = 3  # DW_OP_addr
_SIGNED: Final = (5, 6, 13)  # DW_ATE_signed, signed_char, signed_fixed
_BOOLEAN: Final = 2
_CACHED_FILES: Final = 4


class Kind(enum.Enum):
    """What the bytes of a type mean."""

    NUMBER = "number"
    SIGNED = "signed"
    BOOL = "bool"
    POINTER = "pointer"
    ENUM = "enum"
    STRUCTURE = "structure"
    ARRAY = "array"
    OPAQUE = "opaque"  # nothing that can be read: void, functions, declared only


@dataclass(slots=True)
class Type:
    """A type of C.

    It is filled in after it was made: structures can point to themselves.

    `target` is the type to which a pointer points, or of which an array consists.
    `count` is the number of elements of an array. `names` are the names of an
    enumeration's numbers.
    """

    kind: Kind
    name: str = ""
    size: int = 0
    target: Type | None = None
    count: int = 0
    fields: dict[str, Field] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a structure."""

    offset: int
    type: Type


@dataclass(frozen=True, slots=True)
class Variable:
    """A global or static variable."""

    unit: str
    name: str
    address: int
    type: Type


class Layouts:
    """The variables and types of one image.

    Each source file is read when it is needed.
    """

    def __init__(self, path: Path) -> None:
        """Find the source files. Raises ImageError if there is no debug information."""
        self.path: Final = path
        self._one_reader: Final = RLock()
        try:
            file = ELFFile(BytesIO(path.read_bytes()))
        except (OSError, ELFError) as error:
            raise ImageError(
                f"the file cannot be read: {error}", where=str(path)
            ) from error
        if not file.has_dwarf_info():
            raise ImageError(
                "the file has no debug information",
                where=str(path),
                advice="Build it again with `minios dev build --force`",
            )
        dwarf = file.get_dwarf_info(follow_links=False)
        self._units: Final = {_text(it.get_top_DIE()): it for it in dwarf.iter_CUs()}
        self._types: Final[dict[int, Type]] = {}
        self._found: Final[dict[str, dict[str, Variable]]] = {}

    def variables(self) -> tuple[Variable, ...]:
        """Every variable that has an address, of all source files."""
        with self._one_reader:
            return tuple(
                variable
                for unit in sorted(self._units)
                for variable in self._of_unit(unit).values()
            )

    def variable(self, unit: str, name: str) -> Variable:
        """One variable.

        Raises ImageError if the source file has none with this name.
        """
        with self._one_reader:
            for path in self._units:
                if path.endswith(unit) and name in (found := self._of_unit(path)):
                    return found[name]
        raise ImageError(
            f"there is no variable {name!r} in {unit}", where=str(self.path)
        )

    def structure(self, unit: str, name: str) -> Type:
        """A structure as a source file sees it. Raises ImageError if there is none."""
        with self._one_reader:
            for path in self._units:
                found = self._structure(path, name) if path.endswith(unit) else None
                if found is not None:
                    return found
        raise ImageError(
            f"there is no structure {name!r} in {unit}", where=str(self.path)
        )

    def _structure(self, path: str, name: str) -> Type | None:
        for die in self._units[path].get_top_DIE().iter_children():
            declared = "DW_AT_declaration" in die.attributes
            is_structure = die.tag == "DW_TAG_structure_type" and not declared
            if is_structure and _text(die) == name:
                return self._type(die)
        return None

    def _of_unit(self, path: str) -> dict[str, Variable]:
        if path not in self._found:
            top = self._units[path].get_top_DIE()
            found = (self._variable(path, die) for die in top.iter_children())
            self._found[path] = {it.name: it for it in found if it is not None}
        return self._found[path]

    def _variable(self, path: str, die: DIE) -> Variable | None:
        """A variable. None if it has no name or no address."""
        location = die.attributes.get("DW_AT_location")
        if die.tag != "DW_TAG_variable" or location is None or not _text(die):
            return None
        if not location.value or location.value[0] != _ADDRESS_FOLLOWS:
            return None
        address = int.from_bytes(bytes(location.value[1:9]), "little")
        return Variable(path, _text(die), address, self._type_of(die))

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
            for unit in self._units.values()
            for die in unit.get_top_DIE().iter_children()
            if die.tag == "DW_TAG_structure_type"
            and "DW_AT_declaration" not in die.attributes
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


def load(path: Path) -> Layouts:
    """The layouts of an image, kept until the file changes. Raises ImageError."""
    return _load(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=_CACHED_FILES)
def _load(path: Path, _changed: int) -> Layouts:
    return Layouts(path)


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
