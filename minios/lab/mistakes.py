"""The exceptions for mistakes in a scenario that have a name of their own in Python.

Each is a ScenarioError, so that its message says what is wrong, where, and what to
write instead. It is also the exception that Python itself would raise.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Collection
from difflib import get_close_matches
from functools import wraps
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, cast

import msgspec

from minios.errors import ScenarioError
from minios.visible import visible

F = TypeVar("F", bound=Callable[..., Any])

_LISTED: Final = 12
_SLIP: Final = 0.8  # how alike two words are that differ by a letter or two
_CONDITIONS: Final = (
    "Bugcheck",
    "Console",
    "Death",
    "DiskWrite",
    "Happened",
    "Not",
    "Ready",
    "Reset",
    "Restart",
    "Screen",
)


class WrongTypeError(ScenarioError, TypeError):
    """An argument is of a type that can never be right: a class for its object."""


class WrongValueError(ScenarioError, ValueError):
    """An argument has a value that can never be right: a stop code that is none."""


class NoSuchNameError(ScenarioError, AttributeError):
    """A record has no such field, or a module no such name."""


class NoSuchImportError(ScenarioError, ImportError):
    """A module has no name that was to be imported from it."""


class NotFoundError(ScenarioError, LookupError):
    """There is no such service."""


class NoRecordError(NotFoundError):
    """There is no such record yet."""


def nearest(word: object, known: Collection[str]) -> str:
    """Advice for a word that is not known: the one that was meant, or all there are.

    The last part of a name says what it is a name of: a `stop_code` is a `code`, even
    if `error_code` has more letters in common with it. Only a slip of the fingers is
    nearer than that.
    """
    by_lower_case = {name.lower(): name for name in known}
    asked = str(word).lower()
    near = (
        get_close_matches(asked, by_lower_case, 1, cutoff=_SLIP)
        or [it for it in by_lower_case if it == asked.rpartition("_")[2]]
        or get_close_matches(asked, by_lower_case, 1)
    )
    if near:
        return f"Did you mean {visible(by_lower_case[near[0]])}?"
    if len(known) > _LISTED:
        return ""
    return f"Choose one of: {visible(', '.join(sorted(known)))}"


class Advised:
    """A class that answers a name that it does not have with the one that it has."""

    __slots__ = ()

    if not TYPE_CHECKING:  # a checker knows the names, and shall not forget them

        def __getattr__(self, name: str) -> NoReturn:
            """Asked for what it does not have."""
            said = f"{type(self).__name__} has no {name!r}"
            is_asked_by_python = name.startswith("_")  # or by its tools
            advice = "" if is_asked_by_python else self._instead_of(name)
            raise NoSuchNameError(said, advice=advice)

    def _instead_of(self, name: str) -> str:
        """Advice for a name that it does not have."""
        return nearest(name, [it for it in dir(self) if not it.startswith("_")])


def verb(right: str) -> Callable[[F], F]:
    """Refuse a call that lacks an argument or has too many, with how it is written.

    Such a call raises WrongTypeError; `right` is an example of a right one.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - of any verb
            try:
                return function(*arguments, **named)
            except TypeError as error:
                trace = error.__traceback__
                if trace is None or trace.tb_next is not None:
                    raise  # the function was called, and this is something else
                raise WrongTypeError(str(error), advice=f"Write {right}") from None

        return cast(F, call)

    return decorate


def require_type(value: object, kinds: type | UnionType, right: str) -> None:
    """Raise WrongTypeError if a value is of another type; `right` is what to write."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool is not kinds):
        raise WrongTypeError(
            f"a value of the type {type(value).__name__} cannot be used here",
            advice=f"Write {right}",
        )


def require_text(text: object, right: str, *, one_line: bool = False) -> None:
    """Raise WrongTypeError for no text, and WrongValueError for a line end in it."""
    if not isinstance(text, str):
        raise WrongTypeError(f"{text!r} is no text", advice=f"Write {right}")
    if one_line and ("\r" in text or "\n" in text):
        raise WrongValueError(
            f"{text!r} is more than one line",
            advice=f"Write {right}: the enter key is pressed for you",
        )


def no_name(name: str, *, where: str, advice: str) -> ScenarioError:
    """The mistake that a module was asked for a name that it does not have.

    `from ... import` forgets the message of an AttributeError, and gets an ImportError.
    """
    caller = sys._getframe(2)  # noqa: SLF001 - Python has no other name for it
    opcode = caller.f_code.co_code[caller.f_lasti]
    is_import = opcode == dis.opmap["IMPORT_FROM"]
    kind = NoSuchImportError if is_import else NoSuchNameError
    return kind(f"there is no {name!r}", where=where, advice=advice)


def no_condition(what: object) -> WrongTypeError:
    """The mistake that something was waited for that is no condition."""
    said, advice = _of_no_condition(what)
    return WrongTypeError(said, advice=advice)


def _of_no_condition(what: object) -> tuple[str, str]:
    if isinstance(what, type):
        name = what.__name__
        is_record = issubclass(what, msgspec.Struct)
        right = f"Happened(events.{name})" if is_record else f"{name}()"
        return f"{name} is a class, not a condition", f"Write {right}"
    if isinstance(what, msgspec.Struct):
        return (
            f"this {type(what).__name__} is a record that has already happened",
            "Wait for the next one with Happened(events.KIND)",
        )
    if isinstance(what, str):
        near = get_close_matches(what.removesuffix("()"), _CONDITIONS, 1)
        right = f"{near[0]}()" if near else f"Console({what!r}) or Screen({what!r})"
        return f"the text {what!r} is no condition", f"Write {right}"
    return _of_other(what)


def _of_other(what: object) -> tuple[str, str]:
    if isinstance(what, bool):
        return (
            f"{what} is no condition, but the answer to a question",
            "For what holds now, write `assert`; wait for what is still to happen",
        )
    if isinstance(what, list | tuple | set):
        return (
            f"a {type(what).__name__} is no condition",
            "Write Bugcheck() | Death() to wait for whichever comes first",
        )
    if callable(what):
        return f"{getattr(what, '__name__', what)} is an async function", "Write `def`"
    return (
        f"a value of the type {type(what).__name__} is no condition",
        "Give a condition, such as Bugcheck(), or a function that takes a record",
    )
