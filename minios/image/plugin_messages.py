"""Messages of the compiler and the linker, for the author of a plugin.

Files are named as they are in the plugin's folder. To typical mistakes the message adds
what to write instead, because the tools know C, but not the SDK.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from minios.errors import ImageError
from minios.image import toolchain
from minios.visible import visible

_INSTEAD: Final = {
    "plugin_log": ("printf", "puts", "putchar", "fprintf", "perror", "printk"),
    "plugin_format": ("sprintf", "snprintf", "itoa"),
    "plugin_allocate": ("malloc", "calloc", "realloc", "kmalloc"),
    "plugin_free": ("free", "kfree"),
    "plugin_read_file": ("fopen", "open", "read", "fread"),
    "plugin_clock": ("time", "clock", "gettimeofday"),
    "plugin_sleep": ("sleep", "usleep", "nanosleep"),
    "plugin_fail_fast": ("abort", "exit", "panic", "assert"),
    "memcmp": ("strcmp", "strncmp"),
    "memcpy": ("strcpy", "strncpy", "strcat"),
}
_SDK_NAMES: Final = {old: new for new, names in _INSTEAD.items() for old in names}
_CALLED: Final = re.compile(
    r"undeclared (?:library )?(?:function|identifier) '(\w+)'"
    r"|undefined symbol: (\w+)|it uses (\w+)"
)
_MOST_LINES: Final = 60
_LONGEST_LINE: Final = 200
# Counts, and places in our own files: the linker names a place of the plugin by line.
_NOISE: Final = re.compile(r"\d+ \w+ generated\.|>>>(?! \w+ (?:by|at) \S+:\d)")
_OBJECT: Final = re.compile(r"[^\s:]*[/\\]\d+-(\w+\.o)\b")  # of toolchain.compile_all
_FLOAT: Final = r"__\w+[sdx]f\d?\b|SSE register|x87|floating|vector register"

_ADVICE: Final = {
    _FLOAT: (
        "Use whole numbers: float and double need registers that the kernel does not"
        " save"
    ),
    r"'[\w/]+\.h' file not found": (
        "There is no standard library, and no header but <minios/plugin.h> and those in"
        " the plugin's own folder"
    ),
    r"undefined symbol: plugin\b|no plugin object": (
        "Define the object that minios looks for:"
        ' const struct plugin plugin = {.name = "...", .start = start};'
    ),
    r"incompatible function pointer": (
        "Give the function the parameters and the result that struct plugin has for it:"
        " see `minios plugin reference`"
    ),
    r"duplicate symbol": (
        "Make it `static`, or give it another name: in all files and the SDK a name can"
        " exist only once"
    ),
    r"warn_unused_result": (
        "Use the result: a negative number is an error, and `start` may return it"
    ),
    r"unused|set but not used": (
        "Remove it, or write `(void)name;` with its name if it has to stay"
    ),
    r"date or time": "Leave it out: the same source has to give the same image",
    r"incomplete type|field designator|no member named|undeclared": (
        "All structures, functions and names are in `minios plugin reference`"
    ),
}


class PluginError(ImageError):
    """A plugin cannot be built. `what` may have many lines, those of the compiler."""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        before = "\n" if "\n" in self.what else ". "
        return place + self.what + (before + self.advice if self.advice else "")


def explain(error: ImageError, name: str) -> PluginError:
    """The same refusal of the plugin with this name, as its author can use it."""
    where = re.sub(_prefixes(name), "", error.where)
    advice = _advice(error.what) or error.advice
    what = "\n".join(without_folders(error.what, name))
    return PluginError(what, where=where, advice=advice)


def without_folders(text: str, name: str) -> tuple[str, ...]:
    """What the compiler says of the plugin with this name: its lines, safe to print."""
    lines = _OBJECT.sub(r"\1", re.sub(_prefixes(name), "", text)).splitlines()
    wanted = (it for it in lines if not _NOISE.match(it))
    kept = [visible(line[:_LONGEST_LINE]) for line, _ in groupby(wanted)]
    if len(kept) > _MOST_LINES:
        more = len(kept) - _MOST_LINES
        kept[_MOST_LINES:] = [f"... and {more} more lines"]
    return tuple(kept)


def _prefixes(name: str) -> str:
    return rf"\bdrivers/{name}/|\bminios/abi/include/|\b{toolchain.HEADERS}/"


def _advice(what: str) -> str:
    """What to write instead; "" if the mistake is not a typical one."""
    for found in _CALLED.finditer(what):
        name = next(group for group in found.groups() if group)
        if name == "plugin":
            continue  # the object itself, not a misspelt function
        if name in _SDK_NAMES:
            new = _SDK_NAMES[name]
            return f"There is no C library: use {new} of <minios/plugin.h>, not {name}"
        near = difflib.get_close_matches(name, _known_names(), 1)
        if near:
            return f"Did you mean {near[0]}?"
    if "did you mean" in what:
        return ""  # the compiler has said it
    for pattern, advice in _ADVICE.items():
        if re.search(pattern, what):
            return advice
    return ""


@cache
def _known_names() -> tuple[str, ...]:
    """The functions and constants of the SDK."""
    folder = Path(__file__).parents[1] / "abi/include/minios"
    text = "".join((folder / name).read_text("utf-8") for name in ("abi.h", "plugin.h"))
    return tuple(sorted(set(re.findall(r"\b(?:plugin_\w+|[A-Z]\w*_\w+)\b", text))))
