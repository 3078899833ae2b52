"""Messages of the compiler and the linker, for the author of a plugin.

Files are named as they are in the plugin's folder. To typical mistakes the message adds
what to write instead, because the tools know C, but not the SDK.
"""

from __future__ import annotations

import re
from typing import Final

from minios.errors import ImageError
from minios.image import toolchain

_INSTEAD: Final = {
    "plugin_log": ("printf", "puts", "putchar", "fprintf", "perror", "printk"),
    "plugin_format": ("sprintf", "snprintf", "itoa"),
    "plugin_allocate": ("malloc", "calloc", "realloc", "kmalloc"),
    "plugin_free": ("free", "kfree"),
    "plugin_read_file": ("fopen", "open", "read", "fread"),
    "plugin_clock": ("time", "clock", "gettimeofday"),
    "plugin_defer": ("sleep", "usleep", "nanosleep"),
    "plugin_fail_fast": ("abort", "exit", "panic", "assert"),
    "memcmp": ("strcmp", "strncmp"),
    "memcpy": ("strcpy", "strncpy", "strcat"),
}
_SDK_NAMES: Final = {old: new for new, names in _INSTEAD.items() for old in names}
_CALLED: Final = re.compile(
    r"undeclared (?:library )?(?:function|identifier) '(\w+)'"
    r"|undefined symbol: (\w+)|it uses (\w+)"
)
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
    r"incomplete type|field designator|no member named|undeclared": (
        "All structures, functions and names are in `minios plugin reference`"
    ),
}


def explain(error: ImageError, name: str) -> ImageError:
    """The same refusal of the plugin with this name, as its author can use it."""
    prefixes = rf"\bdrivers/{name}/|\bminios/abi/include/|\b{toolchain.HEADERS}/"
    lines = re.sub(prefixes, "", error.what).splitlines()
    kept = [line for line in lines if not re.fullmatch(r"\d+ \w+ generated\.", line)]
    where = re.sub(prefixes, "", error.where)
    advice = _advice(error.what) or error.advice
    return ImageError("\n".join(kept), where=where, advice=advice)


def _advice(what: str) -> str:
    """What to write instead; "" if the mistake is not a typical one."""
    for found in _CALLED.finditer(what):
        old = next(name for name in found.groups() if name)
        if old in _SDK_NAMES:
            new = _SDK_NAMES[old]
            return f"There is no C library: use {new} of <minios/plugin.h>, not {old}"
    for pattern, advice in _ADVICE.items():
        if re.search(pattern, what):
            return advice
    return ""
