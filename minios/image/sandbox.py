"""Let the compiler see nothing but a plugin's own files and the SDK.

The compiler gets a virtual file system: a table of folders, beside which there is
nothing. It reads the real files only through this table.

    name for the compiler      folder of the host
    drivers/NAME/              a copy of the plugin's files
    minios/abi/include/        the SDK
    zig/lib/include/           the compiler's own headers (stddef.h)

So `#include "/etc/passwd"` finds no file, however it is written. `plugin_text.py` stops
the other ways out, and `host_limits.py` sets limits to time, memory and disk. The names
are those of a plugin in the source tree, so the images are the same, too.

The table is a "virtual file system overlay" of LLVM (class RedirectingFileSystem). It
is not merged with the real file system (`redirect-only`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from minios.image import plugin_text, toolchain
from minios.image.toolchain import Unit

_SDK: Final = "minios/abi/include"
_ONE_FOR_BOTH_RINGS: Final = ("-U__code_model_kernel__", "-U__code_model_small__")
"""No macro tells the ring: so text that was checked for one is right for the other."""

_WARNINGS: Final = (
    "-Wno-error",  # a variable too many is no reason to refuse a beginner's plugin,
    "-Werror=date-time",  # ... but every build must give the same bytes,
    "-Werror=unused-result",  # ... and a refusal of the kernel must not be overlooked
)
_SHORT_MESSAGES: Final = ("-fno-diagnostics-show-option", "-fno-crash-diagnostics")


def lay_out(tree: Path, files: Mapping[str, str], *, root: Path) -> tuple[str, ...]:
    """Check source files, and write them below a new folder.

    Args:
        tree: the folder, as an absolute path without symbolic links.
        files: name below the folder ("drivers/NAME/x.c") -> text.
        root: the folder in which the SDK lies.

    Returns the flags with which the compiler sees only these files and the SDK. Raises
    ImageError if a text is refused.
    """
    for name, text in files.items():
        plugin_text.check_source(name, text)
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    folders = {
        tree / "drivers": tree / "drivers",
        tree / _SDK: root / _SDK,
        tree / toolchain.HEADERS: toolchain.ziglang() / "lib" / "include",
    }
    overlay = {
        "version": 0,
        "redirecting-with": "redirect-only",
        "use-external-names": False,
        "roots": [
            {
                "type": "directory-remap",
                "name": str(name),
                "external-contents": str(contents),
            }
            for name, contents in folders.items()
        ],
    }
    table = tree / "overlay.json"
    table.write_text(json.dumps(overlay, ensure_ascii=False), encoding="utf-8")
    return (
        "-ivfsoverlay",
        str(table),
        *_ONE_FOR_BOTH_RINGS,
        *_WARNINGS,
        *_SHORT_MESSAGES,
    )


def check(units: Sequence[Unit], scratch: Path, *, root: Path) -> None:
    """Refuse units that would leave the sandbox. Nothing is compiled yet.

    It is enough to check them for one ring.

    Raises ImageError with the messages of the preprocessor, or with what is refused.
    """
    known = ("drivers/", f"{_SDK}/", f"{toolchain.HEADERS}/")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = pool.map(
            lambda numbered: toolchain.preprocess(
                numbered[1], scratch / f"{numbered[0]}.i", root=root
            ),
            enumerate(units),
        )
        for text in texts:
            plugin_text.check_tokens(text, known)
